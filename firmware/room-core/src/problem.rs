//! The catalogue of what can go wrong: a stable code, what happened, and the next step.
//!
//! Invariant: a code never changes its meaning; every entry has both languages. Texts name the
//! thing concerned, never a person, a token or a key.

use room_messages::api::{Problem, Text};

/// One entry: code, what (en, fr), next (en, fr). `{}` stands for the thing concerned.
struct Entry(
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
);

macro_rules! catalogue {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $en:literal, $fr:literal, $next_en:literal, $next_fr:literal;)+) => {
        /// What can go wrong.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Issue { $($(#[$doc])* $name),+ }

        impl Issue {
            /// Every entry, in the order of the catalogue.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            fn entry(self) -> Entry {
                match self { $(Self::$name => Entry($code, $en, $fr, $next_en, $next_fr)),+ }
            }
        }
    };
}

catalogue! {
    TargetLength = "TARGET-01",
        "What was given as a call is empty or too long.",
        "Ce qui fut donné comme appel est vide ou trop long.",
        "Give a room, an alias or a link of at most 2048 characters.",
        "Donnez un salon, un alias ou un lien d'au plus 2048 caractères.";
    TargetUnreadable = "TARGET-02",
        "“{}” is neither a Matrix room, an alias nor a link to a call.",
        "« {} » n'est ni un salon Matrix, ni un alias, ni un lien vers un appel.",
        "Copy the link again from the invitation; it holds “roomId=” or begins with “!”, “#” or “https://matrix.to/”.",
        "Copiez de nouveau le lien de l'invitation ; il contient « roomId= » ou commence par « ! », « # » ou « https://matrix.to/ ».";
    TargetVisio = "TARGET-03",
        "“{}” is a Visio link of an instance that this room may not join.",
        "« {} » est un lien Visio d'une instance que cette salle ne peut pas rejoindre.",
        "Ask for its host to be added to `visio_hosts` in the section [meetings] of the settings, or the organiser for another link.",
        "Faites ajouter son hôte à `visio_hosts` dans la section [meetings] des réglages, ou demandez un autre lien à l'organisateur.";
    TargetPassword = "TARGET-04",
        "The link is protected by a password of its own; its media could not be decrypted.",
        "Le lien est protégé par un mot de passe qui lui est propre ; ses flux ne pourraient être déchiffrés.",
        "Ask the organiser for a call in a Matrix room.",
        "Demandez à l'organisateur un appel dans un salon Matrix.";
    TargetNotARoom = "TARGET-05",
        "“{}” leads to a person or a message, not to a room.",
        "« {} » mène à une personne ou à un message, non à un salon.",
        "Give the link of the room in which the call is.",
        "Donnez le lien du salon où se tient l'appel.";
    TargetCode = "TARGET-06",
        "“{}” looks like a Visio code, and the settings do not say of which instance.",
        "« {} » ressemble à un code Visio, et les réglages ne disent pas de quelle instance.",
        "Give the whole link, or set `visio_default` in the section [meetings] of the settings.",
        "Donnez le lien entier, ou réglez `visio_default` dans la section [meetings].";
    TargetNotAPerson = "TARGET-07",
        "“{}” is not the address of a person.",
        "« {} » n'est pas l'adresse d'une personne.",
        "An address begins with “@” and names a server, such as “@name:example.org”.",
        "Une adresse commence par « @ » et nomme un serveur, comme « @nom:example.org ».";
    SearchLength = "PEOPLE-05",
        "A search of the directory needs `search` of 1 to 100 characters.",
        "Une recherche dans l'annuaire demande `search`, de 1 à 100 caractères.",
        "Give a part of the name.",
        "Donnez une partie du nom.";
    PersonNotInvited = "PEOPLE-01",
        "The person who was called could not be invited.",
        "La personne appelée n'a pas pu être invitée.",
        "Check the address, then call again.",
        "Vérifiez l'adresse, puis appelez de nouveau.";
    PersonDeclined = "PEOPLE-02",
        "The person who was called declined.",
        "La personne appelée a refusé l'appel.",
        "Call again later.",
        "Appelez de nouveau plus tard.";
    PersonSilent = "PEOPLE-03",
        "The person who was called did not answer.",
        "La personne appelée n'a pas répondu.",
        "Call again; whoever was invited can still join by themselves.",
        "Appelez de nouveau ; une personne invitée peut encore rejoindre d'elle-même.";
    PersonIsHere = "PEOPLE-04",
        "This is the room's own address.",
        "C'est l'adresse de cette salle.",
        "Give the address of somebody else.",
        "Donnez l'adresse de quelqu'un d'autre.";
    VisioNoCallees = "VISIO-15",
        "The room cannot call anybody into a Visio meeting.",
        "La salle ne peut appeler personne dans une réunion Visio.",
        "Send the meeting's link instead.",
        "Envoyez plutôt le lien de la réunion.";
    VisioUnknown = "VISIO-01",
        "There is no meeting with this code on {}.",
        "Il n'y a pas de réunion avec ce code sur {}.",
        "Check the code or the link, then join again.",
        "Vérifiez le code ou le lien, puis rejoignez de nouveau.";
    VisioDenied = "VISIO-02",
        "A moderator did not let this room into the meeting on {}.",
        "Un modérateur n'a pas laissé entrer cette salle dans la réunion sur {}.",
        "Ask the organiser, then join again.",
        "Voyez avec l'organisateur, puis rejoignez de nouveau.";
    VisioNotLetIn = "VISIO-03",
        "Nobody let this room into the meeting on {} for half an hour.",
        "Personne n'a fait entrer cette salle dans la réunion sur {} pendant une demi-heure.",
        "Ask the organiser to come, then join again.",
        "Demandez à l'organisateur de venir, puis rejoignez de nouveau.";
    VisioRemoved = "VISIO-04",
        "A moderator removed this room from the meeting.",
        "Un modérateur a retiré cette salle de la réunion.",
        "Ask the organiser before joining again; the room then has to be let in anew.",
        "Voyez avec l'organisateur avant de rejoindre ; la salle devra de nouveau être admise.";
    VisioUnreachable = "VISIO-05",
        "The Visio instance {} cannot be reached.",
        "L'instance Visio {} est injoignable.",
        "Check the network and the link, then join again.",
        "Vérifiez le réseau et le lien, puis rejoignez de nouveau.";
    VisioThrottled = "VISIO-06",
        "The Visio instance {} asks to wait for longer than a join takes.",
        "L'instance Visio {} demande d'attendre plus longtemps que ne dure une connexion.",
        "Join again in a few minutes.",
        "Rejoignez dans quelques minutes.";
    VisioForeign = "VISIO-07",
        "{} does not answer as a Visio instance (La Suite Meet) does.",
        "{} ne répond pas comme une instance Visio (La Suite Meet).",
        "Check the link; if it is right, tell the instance's administrator.",
        "Vérifiez le lien ; s'il est juste, prévenez l'administrateur de l'instance.";
    VisioPassRefused = "VISIO-08",
        "The media server {} refuses the pass that the Visio instance gave.",
        "Le serveur de médias {} refuse le laissez-passer donné par l'instance Visio.",
        "Join again; if it stays so, tell the instance's administrator.",
        "Rejoignez de nouveau ; si cela persiste, prévenez l'administrateur de l'instance.";
    VisioDuplicate = "VISIO-09",
        "Another connection took this room's place in the meeting.",
        "Une autre connexion a pris la place de cette salle dans la réunion.",
        "Join again.",
        "Rejoignez de nouveau la réunion.";
    VisioUnregistered = "VISIO-10",
        "{} does not know this code and opened an empty meeting for it.",
        "{} ne connaît pas ce code et a ouvert une réunion vide.",
        "If nobody comes, check the code.",
        "Si personne ne vient, vérifiez le code.";
    VisioRenamed = "VISIO-11",
        "Others see this room as “{}” now.",
        "Les autres voient maintenant cette salle sous le nom « {} ».",
        "Nothing needs to be done.",
        "Il n'y a rien à faire.";
    VisioHandRefused = "VISIO-12",
        "{} did not raise or lower this room's hand.",
        "{} n'a pas levé ou baissé la main de cette salle.",
        "Raise or lower it again.",
        "Levez-la ou baissez-la de nouveau.";
    VisioNoHand = "VISIO-13",
        "This meeting has no hands: its instance does not know its code.",
        "Cette réunion n'a pas de main à lever : son instance ne connaît pas son code.",
        "Ask for the meeting's link.",
        "Demandez le lien de la réunion.";
    VisioNoReactions = "VISIO-14",
        "The room cannot send reactions to a Visio meeting.",
        "La salle ne peut pas envoyer de réactions à une réunion Visio.",
        "Raise the hand instead.",
        "Levez plutôt la main.";
    MicrophoneForbidden = "MIC-03",
        "A moderator does not allow this room to speak.",
        "Un modérateur ne permet pas à cette salle de parler.",
        "Ask the moderator; raise the hand.",
        "Demandez au modérateur ; levez la main.";
    CameraForbidden = "CAM-02",
        "A moderator does not allow this room to show its camera.",
        "Un modérateur ne permet pas à cette salle de montrer sa caméra.",
        "Ask the moderator.",
        "Demandez au modérateur.";
    MicrophoneSilenced = "MIC-04",
        "Somebody in the meeting muted this room's microphone.",
        "Quelqu'un dans la réunion a coupé le microphone de cette salle.",
        "Press the microphone button to be heard again.",
        "Appuyez sur le bouton du microphone pour être de nouveau entendus.";
    CameraSilenced = "CAM-03",
        "Somebody in the meeting switched this room's camera off.",
        "Quelqu'un dans la réunion a éteint la caméra de cette salle.",
        "Switch the camera on to be seen again.",
        "Allumez la caméra pour être de nouveau vus.";
    MicrophoneGivenBack = "MIC-05",
        "This room may speak again; its microphone is still closed.",
        "Cette salle peut de nouveau parler ; son microphone est encore coupé.",
        "Press the microphone button to be heard.",
        "Appuyez sur le bouton du microphone pour être entendus.";
    CameraGivenBack = "CAM-04",
        "This room may show its camera again; it is still off.",
        "Cette salle peut de nouveau montrer sa caméra ; elle est encore éteinte.",
        "Switch the camera on to be seen.",
        "Allumez la caméra pour être vus.";
    RoomUnknown = "ROOM-01",
        "There is no room “{}”, or it cannot be reached from this homeserver.",
        "Il n'y a pas de salon « {} », ou ce serveur ne peut pas l'atteindre.",
        "Check the spelling, or ask for an invitation for this room's account.",
        "Vérifiez l'orthographe, ou demandez une invitation pour le compte de cette salle.";
    RoomNotInvited = "ROOM-02",
        "This room's account is not invited to “{}”.",
        "Le compte de cette salle n'est pas invité dans « {} ».",
        "Ask a member to invite this room's account, then join again.",
        "Demandez à un membre d'inviter le compte de cette salle, puis rejoignez de nouveau.";
    RoomNoPower = "ROOM-03",
        "This room's account has not the right to join calls in “{}”.",
        "Le compte de cette salle n'a pas le droit de rejoindre un appel dans « {} ».",
        "Ask an administrator of the Matrix room to allow calls to everybody, or to give this account the right.",
        "Demandez à un administrateur du salon Matrix d'autoriser les appels à tous, ou de donner ce droit à ce compte.";
    RoomLeft = "ROOM-04",
        "This room's account was removed from “{}”.",
        "Le compte de cette salle fut exclu de « {} ».",
        "Ask a member to invite it again.",
        "Demandez à un membre de l'inviter de nouveau.";
    SlotClosed = "ROOM-05",
        "Calls are closed in “{}”.",
        "Les appels sont fermés dans « {} ».",
        "Ask an administrator of the Matrix room to open them.",
        "Demandez à un administrateur du salon Matrix de les ouvrir.";
    RoomNoInvite = "ROOM-06",
        "This room's account may not invite anybody here.",
        "Le compte de cette salle ne peut inviter personne ici.",
        "Ask somebody else in the call to invite them, or an administrator of the Matrix room for the right.",
        "Demandez à quelqu'un d'autre dans l'appel de les inviter, ou ce droit à un administrateur du salon Matrix.";
    RoomNotMade = "ROOM-07",
        "The homeserver {} made no Matrix room for this meeting.",
        "Le serveur {} n'a pas créé de salon Matrix pour cette réunion.",
        "Check the address of whoever is called; else ask the homeserver's administrator to let this account create rooms.",
        "Vérifiez l'adresse de la personne appelée ; sinon demandez à l'administrateur du serveur d'autoriser ce compte à créer des salons.";
    EncryptionBegan = "ROOM-08",
        "“{}” became encrypted during the call, which was not.",
        "« {} » est devenu chiffré pendant l'appel, qui ne l'était pas.",
        "Join again: the call is then encrypted too.",
        "Rejoignez : l'appel sera alors chiffré aussi.";
    NoTransport = "RTC-01",
        "The homeserver {} names no service that carries calls.",
        "Le serveur {} n'indique aucun service pour transporter les appels.",
        "Ask its administrator for MatrixRTC, or set `transport` in the section [matrix] of the settings.",
        "Demandez MatrixRTC à son administrateur, ou réglez `transport` dans la section [matrix].";
    TokenUnreachable = "RTC-02",
        "The authorization service {} cannot be reached.",
        "Le service d'autorisation {} est injoignable.",
        "Check the network and the name, then join again.",
        "Vérifiez le réseau et le nom, puis rejoignez de nouveau.";
    TokenRefused = "RTC-03",
        "The authorization service {} refuses this room.",
        "Le service d'autorisation {} refuse cette salle.",
        "Ask its administrator whether this homeserver is allowed there.",
        "Demandez à son administrateur si ce serveur y est autorisé.";
    TokenFailing = "RTC-04",
        "The authorization service {} fails.",
        "Le service d'autorisation {} est en panne.",
        "Join again in a minute; if it stays so, tell its administrator.",
        "Rejoignez dans une minute ; si cela persiste, prévenez son administrateur.";
    SfuUnreachable = "SFU-01",
        "The media server {} cannot be reached.",
        "Le serveur de médias {} est injoignable.",
        "Check that the network lets this room reach it (WebSocket and UDP), then join again.",
        "Vérifiez que le réseau permet de l'atteindre (WebSocket et UDP), puis rejoignez de nouveau.";
    SfuRefused = "SFU-02",
        "The media server {} refuses this room's token.",
        "Le serveur de médias {} refuse le jeton de cette salle.",
        "Join again; if it stays so, tell the administrator of the authorization service.",
        "Rejoignez de nouveau ; si cela persiste, prévenez l'administrateur du service d'autorisation.";
    SfuRoomMissing = "SFU-03",
        "The call does not exist on the media server {}, and this room may not begin one there.",
        "L'appel n'existe pas sur le serveur de médias {}, et cette salle ne peut pas l'y commencer.",
        "Let somebody of that server join first, or ask its administrator for full access.",
        "Laissez quelqu'un de ce serveur rejoindre d'abord, ou demandez l'accès complet à son administrateur.";
    SfuDuplicate = "SFU-04",
        "Another device took this room's place in the call.",
        "Un autre appareil a pris la place de cette salle dans l'appel.",
        "Make sure no second system uses the same account and device, then join again.",
        "Assurez-vous qu'aucun autre système n'utilise le même compte et le même appareil, puis rejoignez.";
    SfuRemoved = "SFU-05",
        "This room was removed from the call.",
        "Cette salle fut retirée de l'appel.",
        "Ask the organiser before joining again.",
        "Demandez à l'organisateur avant de rejoindre.";
    SfuClosed = "SFU-06",
        "The media server closed the call.",
        "Le serveur de médias a fermé l'appel.",
        "Join again if the meeting goes on.",
        "Rejoignez de nouveau si la réunion continue.";
    JoinTimedOut = "CALL-01",
        "The call did not come up in time ({}).",
        "L'appel ne s'est pas établi à temps ({}).",
        "Check the network, then join again.",
        "Vérifiez le réseau, puis rejoignez de nouveau.";
    NotLoggedIn = "CALL-02",
        "The room is not connected to its homeserver yet.",
        "La salle n'est pas encore reliée à son serveur.",
        "Wait until the status shows “online”; otherwise see the faults.",
        "Attendez que l'état indique « en ligne » ; sinon voyez les défauts.";
    NotInCall = "CALL-03",
        "The room is not in a call.",
        "La salle n'est pas dans un appel.",
        "Join a call first.",
        "Rejoignez d'abord un appel.";
    NothingShared = "STAGE-01",
        "Nobody shares anything that could be shown.",
        "Personne ne partage quoi que ce soit à afficher.",
        "Choose “speaker” or “grid”; the content is shown by itself when somebody begins to share.",
        "Choisissez « speaker » ou « grid » ; le contenu s'affiche de lui-même quand quelqu'un commence à partager.";
    MembershipRefused = "CALL-04",
        "The homeserver refuses this room's membership of the call.",
        "Le serveur refuse que cette salle soit membre de l'appel.",
        "Ask an administrator of the Matrix room for the right to join calls.",
        "Demandez à un administrateur du salon Matrix le droit de rejoindre les appels.";
    HomeserverUnreachable = "HS-01",
        "The homeserver {} cannot be reached. It is tried again without end.",
        "Le serveur {} est injoignable. De nouveaux essais sont faits sans fin.",
        "Check the network and the address in the section [matrix] of the settings.",
        "Vérifiez le réseau et l'adresse dans la section [matrix] des réglages.";
    WrongPassword = "HS-02",
        "The homeserver {} refuses the user name or password.",
        "Le serveur {} refuse le nom d'utilisateur ou le mot de passe.",
        "Check `user` and the content of `password_file`, then restart.",
        "Vérifiez `user` et le contenu de `password_file`, puis redémarrez.";
    TokenExpired = "HS-03",
        "The access token is not valid any more on {}.",
        "Le jeton d'accès n'est plus valable sur {}.",
        "Put a new one in `access_token_file`, or use `password_file`, then restart.",
        "Mettez-en un nouveau dans `access_token_file`, ou utilisez `password_file`, puis redémarrez.";
    AccountDeactivated = "HS-04",
        "The room's account on {} is deactivated or locked.",
        "Le compte de la salle sur {} est désactivé ou verrouillé.",
        "Ask the administrator of the homeserver.",
        "Adressez-vous à l'administrateur du serveur.";
    OtherUser = "HS-05",
        "The stored session belongs to another user than the settings name.",
        "La session enregistrée appartient à un autre utilisateur que celui des réglages.",
        "Correct `user`, or start with an empty state directory.",
        "Corrigez `user`, ou démarrez avec un répertoire d'état vide.";
    NotAHomeserver = "HS-06",
        "{} is not a Matrix homeserver.",
        "{} n'est pas un serveur Matrix.",
        "Correct `homeserver` in the section [matrix] of the settings.",
        "Corrigez `homeserver` dans la section [matrix] des réglages.";
    BadUser = "HS-07",
        "The user name in the settings is not valid on {}.",
        "Le nom d'utilisateur des réglages n'est pas valable sur {}.",
        "Write `user` as \"@room:example.org\".",
        "Écrivez `user` sous la forme \"@salle:example.org\".";
    HomeserverBusy = "HS-08",
        "The homeserver {} asks to wait before the next request.",
        "Le serveur {} demande d'attendre avant la prochaine requête.",
        "Wait and try again; if it stays so, ask for higher limits for this account.",
        "Attendez et réessayez ; si cela persiste, demandez des limites plus hautes pour ce compte.";
    HomeserverRefused = "HS-09",
        "The homeserver refuses: {}.",
        "Le serveur refuse : {}.",
        "Tell the administrator of the homeserver.",
        "Prévenez l'administrateur du serveur.";
    CertificateRefused = "HS-10",
        "The certificate of the homeserver {} is not trusted. It is tried again without end.",
        "Le certificat du serveur {} n'est pas reconnu. De nouveaux essais sont faits sans fin.",
        "Check its name, date and authority, and that this room's clock is right.",
        "Vérifiez son nom, sa date et son autorité, et que l'horloge de cette salle est juste.";
    SettingsWrong = "SET-01",
        "The settings cannot be used: {}.",
        "Les réglages sont inutilisables : {}.",
        "Mend the settings file; the room then starts anew by itself.",
        "Corrigez le fichier de réglages ; la salle redémarre alors d'elle-même.";
    SettingsMissing = "SET-02",
        "This room has no settings yet: there is no {}.",
        "Cette salle n'a pas encore de réglages : il n'y a pas de {}.",
        "Commission the room; it then starts by itself.",
        "Mettez la salle en service ; elle démarre alors d'elle-même.";
    DiskFull = "STATE-01",
        "No space is left in the state directory {}.",
        "Il n'y a plus de place dans le répertoire d'état {}.",
        "Free some space; nothing is lost, it is tried again.",
        "Libérez de la place ; rien n'est perdu, un nouvel essai est fait.";
    StateLocked = "STATE-02",
        "Another roomd uses the state directory {}.",
        "Un autre roomd utilise le répertoire d'état {}.",
        "Stop the other one, or give this one a directory of its own with --state.",
        "Arrêtez l'autre, ou donnez à celui-ci son propre répertoire avec --state.";
    StateUnusable = "STATE-03",
        "The state directory cannot be used: {}.",
        "Le répertoire d'état est inutilisable : {}.",
        "Check that it exists, belongs to the user roomd runs as, and is writable.",
        "Vérifiez qu'il existe, appartient à l'utilisateur de roomd et est accessible en écriture.";
    SecretUnusable = "STATE-04",
        "A secret cannot be read: {}.",
        "Un secret est illisible : {}.",
        "Create the file, let only its owner read it (chmod 600), then restart.",
        "Créez le fichier, ne le rendez lisible que par son propriétaire (chmod 600), puis redémarrez.";
    RuntimeTaken = "STATE-05",
        "Another roomd has its sockets in {}.",
        "Un autre roomd a ses sockets dans {}.",
        "Stop the other one, or give this one a directory of its own with --runtime.",
        "Arrêtez l'autre, ou donnez à celui-ci son propre répertoire avec --runtime.";
    NoDelayedEvents = "RTC-05",
        "The homeserver has no delayed events: after a power cut this room stays in the call for hours.",
        "Le serveur n'a pas d'événements différés : après une coupure de courant, la salle reste des heures dans l'appel.",
        "Ask its administrator to set `max_event_delay_duration`.",
        "Demandez à son administrateur de régler `max_event_delay_duration`.";
    MediaDown = "MEDIA-01",
        "The media process is not running. It is started again without end.",
        "Le processus des médias ne tourne pas. Il est relancé sans fin.",
        "If it stays so, look at the log of mediad.",
        "Si cela persiste, consultez le journal de mediad.";
    MediaSilent = "MEDIA-02",
        "The media process does not answer.",
        "Le processus des médias ne répond pas.",
        "Try again; if it stays so, look at the log of mediad.",
        "Réessayez ; si cela persiste, consultez le journal de mediad.";
    NoSuchPreset = "CAM-05",
        "The camera has no preset “{}”.",
        "La caméra n'a pas de préréglage « {} ».",
        "See `camera.presets` of the status for those there are.",
        "Voyez ceux qui existent dans `camera.presets` de l'état.";
    BadPresetName = "CAM-06",
        "This cannot be the name of a preset.",
        "Ceci ne peut être le nom d'un préréglage.",
        "Give 1 to 40 characters without spaces around them; “overview” is taken.",
        "Donnez 1 à 40 caractères, sans espaces autour ; « overview » est pris.";
    TooManyPresets = "CAM-07",
        "The camera keeps {} presets, and there are as many already.",
        "La caméra garde {} préréglages, et il y en a déjà autant.",
        "Remove one first, or keep this view under the name of another.",
        "Retirez-en un d'abord, ou gardez cette vue sous le nom d'un autre.";
    CameraOff = "CAM-08",
        "The camera is off.",
        "La caméra est éteinte.",
        "Turn it on, then turn it where you want.",
        "Allumez-la, puis orientez-la.";
    NothingToShare = "SHARE-01",
        "Nothing is plugged in that could be shared.",
        "Rien n'est branché qui puisse être partagé.",
        "Plug a computer into the room's cable.",
        "Branchez un ordinateur au câble de la salle.";
    ShareForbidden = "SHARE-02",
        "A moderator does not allow this room to share.",
        "Un modérateur ne permet pas à cette salle de partager.",
        "Ask the moderator.",
        "Demandez au modérateur.";
    ShareStopped = "SHARE-03",
        "Somebody in the meeting stopped what this room shared.",
        "Quelqu'un dans la réunion a arrêté le partage de cette salle.",
        "Press Share to share again.",
        "Appuyez sur Partager pour partager de nouveau.";
    ShareFailed = "SHARE-04",
        "What is plugged in to be shared gives no picture.",
        "L'appareil branché pour le partage ne donne pas d'image.",
        "Check its cable, and that the computer shows its screen there.",
        "Vérifiez son câble, et que l'ordinateur y affiche son écran.";
    CameraFailed = "CAM-01",
        "The camera does not work.",
        "La caméra ne fonctionne pas.",
        "Check its cable.",
        "Vérifiez son câble.";
    MicrophoneFailed = "MIC-01",
        "The microphone does not work.",
        "Le microphone ne fonctionne pas.",
        "Check its cable.",
        "Vérifiez son câble.";
    SpeakerFailed = "SPK-01",
        "The speaker does not work.",
        "Le haut-parleur ne fonctionne pas.",
        "Check its cable.",
        "Vérifiez son câble.";
    TooLoud = "SPK-02",
        "This room is at most as loud as {} of 100.",
        "Le volume de cette salle est limité à {} sur 100.",
        "Choose less, or have `maximum_volume` raised in the section [audio] of the settings.",
        "Choisissez moins, ou faites relever `maximum_volume` dans la section [audio] des réglages.";
    AwakeInCall = "STANDBY-01",
        "During a call the room stays awake.",
        "Pendant un appel, la salle reste éveillée.",
        "Leave the call first.",
        "Quittez d'abord l'appel.";
    BoardUnknown = "BOARD-01",
        "This board is not known: {}. It has no buttons, camera or microphone.",
        "Cette carte est inconnue : {}. Elle n'a ni boutons, ni caméra, ni microphone.",
        "Name a profile in the section [board] of the settings, or add one (docs/boards.md).",
        "Nommez un profil dans la section [board] des réglages, ou ajoutez-en un (docs/boards.md).";
    BodyUnreadable = "API-01",
        "The request cannot be read: {}.",
        "La demande est illisible : {}.",
        "Compare it with /v1/openapi.json.",
        "Comparez-la avec /v1/openapi.json.";
    NoSuchPath = "API-02",
        "There is no {}.",
        "Il n'y a pas de {}.",
        "See /v1/openapi.json for what there is.",
        "Voyez /v1/openapi.json pour ce qu'il y a.";
    Busy = "API-03",
        "roomd has more requests than it can take.",
        "roomd a plus de demandes qu'il n'en peut traiter.",
        "Try again in a second.",
        "Réessayez dans une seconde.";
    NotSimulated = "API-04",
        "This board is real; it cannot be simulated.",
        "Cette carte est réelle ; elle ne peut être simulée.",
        "Use profile \"sim\" for simulations.",
        "Utilisez le profil \"sim\" pour les simulations.";
    NotReached = "API-05",
        "It was not done in time: {}.",
        "Ce ne fut pas fait à temps : {}.",
        "See the status for what stands in the way, then try again.",
        "Voyez l'état pour ce qui s'y oppose, puis réessayez.";
    NoTcp = "API-06",
        "The control API cannot listen on {}. It is tried again without end.",
        "L'API de commande ne peut pas écouter sur {}. De nouveaux essais sont faits sans fin.",
        "Free the address, or name another one as `listen` in the section [api] of the settings.",
        "Libérez l'adresse, ou nommez-en une autre comme `listen` dans la section [api] des réglages.";
    DeviceAbsent = "API-07",
        "The room has no {}.",
        "La salle n'a pas de {}.",
        "Plug one in, or name one in the settings.",
        "Branchez-en un appareil, ou nommez-en un dans les réglages.";
    HelpWanted = "HELP-01",
        "Help was called for in this room: reference {}.",
        "De l'aide fut demandée dans cette salle : référence {}.",
        "Give this reference to whoever helps. Press the button again when nobody is needed any more.",
        "Donnez cette référence à qui vous aide. Appuyez de nouveau quand ce n'est plus nécessaire.";
    MutedByHardware = "MIC-02",
        "The microphone is muted by the room's own switch.",
        "Le microphone est coupé par l'interrupteur de la salle.",
        "Turn the switch; no order can unmute before.",
        "Actionnez l'interrupteur ; aucun ordre ne peut le rétablir avant.";
}

impl Issue {
    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.entry().0
    }

    /// The problem, with the thing concerned (bounded to 200 characters, control characters cut).
    #[must_use]
    pub fn about(self, thing: &str) -> Problem {
        self.about_text(&Text::new(thing, thing))
    }

    /// The problem with a thing that is itself said in words.
    #[must_use]
    pub fn about_text(self, thing: &Text) -> Problem {
        let Entry(code, en, fr, next_en, next_fr) = self.entry();
        let (thing_en, thing_fr) = (bounded(&thing.en), bounded(&thing.fr));
        Problem {
            code: code.to_owned(),
            what: Text::new(en.replace("{}", &thing_en), fr.replace("{}", &thing_fr)),
            next: Text::new(next_en, next_fr),
        }
    }

    /// The problem, where no thing needs naming.
    #[must_use]
    pub fn problem(self) -> Problem {
        self.about("")
    }
}

fn bounded(thing: &str) -> String {
    let printable = thing.chars().filter(|c| !c.is_control());
    printable.take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_stands_for_one_thing_and_has_both_languages() {
        let mut codes: Vec<_> = Issue::ALL.iter().map(|issue| issue.code()).collect();
        codes.sort_unstable();
        let all = codes.len();
        codes.dedup();
        assert_eq!(codes.len(), all);
        for issue in Issue::ALL {
            let problem = issue.about("the thing");
            for text in [problem.what, problem.next] {
                assert!(text.en.len() > 10 && text.fr.len() > 10 && text.en != text.fr);
                assert!(!text.en.contains("{}") && !text.fr.contains("{}"));
            }
        }
    }

    #[test]
    fn what_is_named_is_bounded_and_clean() {
        let problem = Issue::RoomUnknown.about(&format!("a\n{}", "b".repeat(5000)));
        assert!(problem.what.en.len() < 400 && !problem.what.en.contains('\n'));
    }
}
