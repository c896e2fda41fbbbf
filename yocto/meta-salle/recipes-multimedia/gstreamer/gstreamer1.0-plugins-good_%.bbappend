PACKAGECONFIG:append:salle = " v4l2 vpx"
