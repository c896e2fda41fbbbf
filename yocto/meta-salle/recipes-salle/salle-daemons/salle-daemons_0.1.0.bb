SUMMARY = "Salle's daemons"
DESCRIPTION = "The room's mind (roomd), its camera, sound and screen (mediad), its touch panel (paneld), its updates and settings (fleetd), and the installer's command line (roomctl)."
SECTION = "multimedia"

inherit salle_checkout cargo pkgconfig

require salle-daemons-crates.inc

# protoc and CMake are called by build scripts of crates; the libraries are what crates link.
DEPENDS += "\
    cmake-native \
    gstreamer1.0 \
    gstreamer1.0-plugins-bad \
    gstreamer1.0-plugins-base \
    protobuf-native \
"

# The workspace has tests and tools too; these are what an image gets.
SALLE_BINARIES = "roomd mediad paneld fleetd roomctl"
CARGO_BUILD_FLAGS += "${@' '.join('--package ' + name for name in d.getVar('SALLE_BINARIES').split())}"

# AWS-LC looks its settings up by target; Yocto's own name for this one is in no list of its.
export AWS_LC_SYS_EFFECTIVE_TARGET = "${@d.getVar('RUST_HOST_SYS').split('-')[0]}-unknown-linux-gnu"

do_install() {
    for name in ${SALLE_BINARIES}; do
        install -D -m 0755 ${B}/target/${CARGO_TARGET_SUBDIR}/$name ${D}${bindir}/$name
    done
}

# Plugins and fonts are found by name at run time, so no library dependency brings them; nor what
# paneld draws through (fontconfig, libxkbcommon, wayland). The same
# plugins as in the reference image (board/qemu-arm64/prune.toml), without those for simulation.
RDEPENDS:${PN} += "\
    ca-certificates \
    fontconfig \
    gstreamer1.0-plugins-bad-dtls \
    gstreamer1.0-plugins-bad-jpegformat \
    gstreamer1.0-plugins-bad-kms \
    gstreamer1.0-plugins-bad-opusparse \
    gstreamer1.0-plugins-bad-sctp \
    gstreamer1.0-plugins-bad-srtp \
    gstreamer1.0-plugins-bad-v4l2codecs \
    gstreamer1.0-plugins-bad-videoparsersbad \
    gstreamer1.0-plugins-bad-waylandsink \
    gstreamer1.0-plugins-bad-webrtc \
    gstreamer1.0-plugins-base-alsa \
    gstreamer1.0-plugins-base-app \
    gstreamer1.0-plugins-base-audioconvert \
    gstreamer1.0-plugins-base-audiomixer \
    gstreamer1.0-plugins-base-audiorate \
    gstreamer1.0-plugins-base-audioresample \
    gstreamer1.0-plugins-base-audiotestsrc \
    gstreamer1.0-plugins-base-compositor \
    gstreamer1.0-plugins-base-opus \
    gstreamer1.0-plugins-base-overlaycomposition \
    gstreamer1.0-plugins-base-playback \
    gstreamer1.0-plugins-base-typefindfunctions \
    gstreamer1.0-plugins-base-videoconvertscale \
    gstreamer1.0-plugins-base-videorate \
    gstreamer1.0-plugins-base-videotestsrc \
    gstreamer1.0-plugins-base-volume \
    gstreamer1.0-plugins-good-audiofx \
    gstreamer1.0-plugins-good-audioparsers \
    gstreamer1.0-plugins-good-autodetect \
    gstreamer1.0-plugins-good-jpeg \
    gstreamer1.0-plugins-good-level \
    gstreamer1.0-plugins-good-rtp \
    gstreamer1.0-plugins-good-rtpmanager \
    gstreamer1.0-plugins-good-udp \
    gstreamer1.0-plugins-good-video4linux2 \
    gstreamer1.0-plugins-good-videocrop \
    gstreamer1.0-plugins-good-videofilter \
    gstreamer1.0-plugins-good-vpx \
    libnice \
    libxkbcommon \
    ttf-dejavu-sans \
    wayland \
"
