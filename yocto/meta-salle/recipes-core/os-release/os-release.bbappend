# What RAUC's bundles and the fleet are compared with (os-release(5)).
OS_RELEASE_FIELDS:append:salle = " IMAGE_ID IMAGE_VERSION"
IMAGE_ID:salle = "salle"
IMAGE_VERSION:salle = "${DISTRO_VERSION}"
