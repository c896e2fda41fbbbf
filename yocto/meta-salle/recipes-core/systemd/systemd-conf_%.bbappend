# The network is salle-system's.
PACKAGECONFIG:remove:salle = "dhcp-ethernet"
