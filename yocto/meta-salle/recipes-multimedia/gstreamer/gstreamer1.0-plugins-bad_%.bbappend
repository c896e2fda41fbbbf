# Calls are WebRTC. OpenH264 is not built in: its licence is between the unit's owner and Cisco.
PACKAGECONFIG:append:salle = " dtls kms opusparse sctp srtp v4l2codecs webrtc"
