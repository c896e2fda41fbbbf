# The touch panel's compositor: one window on one screen, and signs of life to systemd.
PACKAGECONFIG:salle = "kms shell-kiosk systemd"
