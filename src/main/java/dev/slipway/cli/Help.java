package dev.slipway.cli;

import java.util.List;

/** The texts of {@code --help}. */
final class Help {
  /** The commands that have one. */
  static final List<String> NAMES =
      List.of(
          "build",
          "plan",
          "stream",
          "load",
          "push",
          "pull",
          "prefetch",
          "lock",
          "merge",
          "export",
          "inspect",
          "tarsum",
          "store");

  private static final String GENERAL =
      """
      Usage: slipway COMMAND [OPTION]... [ARGUMENT]...

      Builds container images from the paths of a Nix store, or from plain folders, byte for
      byte as nixpkgs' dockerTools does, without Docker and without a daemon.

      Commands:
        build NAME...           build images of the image file into archives
        plan NAME -o DIR        do the work of an image that comes before its streaming
        stream NAME             write an image's archive to standard output
        stream --conf CONF      the same from a stream configuration of dockerTools
        load NAME|ARCHIVE       put an image into the Docker daemon, or into podman
        push NAME|ARCHIVE REF...
                                put an image into registries
        pull REF@DIGEST -o OUT  fetch an image from a registry into an archive
        prefetch REF            print what pullImage needs to know of an image in a registry
        lock                    pin the Debian packages of the image file in its lock file
        merge ARCHIVE... -o OUT write the images of several archives into one
        export ARCHIVE -o OUT   write the file system of an archive's image as one tar
        inspect ARCHIVE|REF     show an image: config, layers, sizes, history
        tarsum                  print Docker's tarsum of the tar on standard input
        store add PATH          add a file or folder to the store, print its store path
        store closure PATH...   print store paths and all that they refer to
        store verify            check that the store's paths are what they were
        store gc                delete what no root and no running build refers to
        help [COMMAND]          show this text, or that of a command

      """;

  private static final String COMMON =
      """
      Options of every command:
        --store STORE           the store: auto (Nix's own if there is one, else embedded), local,
                                local?root=DIR (a chroot store), embedded (Slipway's own), or
                                a binary cache of Nix's: https://HOST/PATH, http://HOST/PATH or
                                file:///PATH; of several, the first that has a path counts
        --store-dir DIR         the logical store directory (default: /nix/store)
        --json                  print one JSON document in place of text
        -q, --quiet             tell nothing but errors
        -v, --verbose           tell where an error came from, and what scripts print
        -h, --help              show help
        --version               print the version

      Exit status: 0 done, 1 it failed, 2 the command line or the image file is wrong.
      """;

  private static final String SCRIPTS =
      """
        --isolation HOW         what keeps scripts that are root apart from this machine:
                                namespaces, vm (a virtual machine, which is slow), or auto,
                                the first of these that works (default)
        --vm-kernel FILE        the Linux kernel of that machine (default: the newest in /boot)
        --vm-modules DIR        its modules (default: those of its version in /lib/modules)
        --network WHICH         what of the network scripts that are root see: none (default)
                                or host
        --script-timeout TIME   how long any script may take: in seconds, or as 5m or 2h
                                (default: for ever)
        --keep-failed           keep the tree of any script that fails, and say where
        --cache-scripts         keep what scripts that are root make, and use it again where
                                nothing that they depend on has changed
      """;

  private static final String PLATFORM =
      """
        --os OS                 which of several platforms (default: linux)
        --arch ARCH             its architecture, as Go names it (default: this machine's)
      """;

  private static final String REGISTRIES =
      """
        --tls-verify true|false with false, registries need not prove who they are, and may be
                                spoken to over plain HTTP
        --authfile FILE         what docker login or podman login has written (default: what
                                podman and docker read)
        --creds USER:PASSWORD   the credentials themselves; other users may see them
      """;

  private static final String CACHES =
      """
        --trusted-public-keys KEYS
                                whose signatures on paths from binary caches are good, each as
                                NAME:BASE64 (default: the key of nixpkgs' own cache)
        --extra-trusted-public-keys KEYS
                                the same, beside the others
        --no-check-sigs         take what binary caches say without signatures
        --keep-fetched          add what is fetched from them to the store that is added to
      """;

  private static final String DEBIAN =
      """
        --deb-mirror URL        where Debian's packages are had from: a server or file:///DIR that
                                has debian and debian-security (default: SLIPWAY_DEB_MIRROR, else
                                where apt of this machine has them from)
      """;

  private static final String BUILD =
      """
      Usage: slipway build NAME[@ARCH]... [-f FILE] [-o OUT]

      Builds images of the image file, each after those it is made from, and prints the path of
      each archive. An archive appears whole or not at all.

        NAME                    the key of an image in the image file; what lists platforms goes to
                                a layout for all of them, and to an archive for this machine's
        NAME@ARCH               the same for one platform: ARCH, ARCH/VARIANT or OS/ARCH
        -f, --file FILE         the image file (default: slipway.yaml, else slipway.json)
        -o, --output OUT        the archive of the one NAME; - is standard output
                                (default: NAME.tar, NAME.tar.gz or NAME.tar.zst); or
                                oci:DIR[:TAG] to add the image to an OCI layout, or
                                oci-archive:FILE[:TAG] to make one in a tar; or
                                docker-archive:FILE:NAME:TAG to give the image another name
        --tag TAG               the tag, in place of the image's own
        --references FILE       what is valid in the store, as Nix tells builders: .attrs.json
                                with exportReferencesGraph.closure, or that array alone, or
                                the text of exportReferencesGraph, or closureInfo's registration
      """
          + SCRIPTS
          + DEBIAN
          + CACHES
          + REGISTRIES
          + """

          With --json, prints a list that has for each image its name, tag, out, configDigest and
          layers, each with diffId, size (in bytes, uncompressed), entries and paths; of what goes to
          a layout also its manifestDigest, and its platform if the image file lists platforms.

          """;

  private static final String PLAN =
      """
      Usage: slipway plan NAME -o DIR [-f FILE]

      Runs the scripts of an image and finds its layers, but writes no archive: the folder DIR gets
      the layer that the image adds, and conf.json, of which slipway stream --conf DIR/conf.json
      makes the image. What was made for it and is in no other store goes there, too, under objects.
      Of an image that is not layered, DIR gets what dockerTools calls its layer.

        NAME                    the key of an image in the image file
        -o, --output DIR        a folder that is not there yet
        -f, --file FILE         the image file (default: slipway.yaml, else slipway.json)
        --tag TAG               the tag, in place of the image's own
        --references FILE       what is valid in the store, as Nix tells builders: .attrs.json
                                with exportReferencesGraph.closure, or that array alone, or
                                the text of exportReferencesGraph, or closureInfo's registration
      """
          + SCRIPTS
          + DEBIAN
          + REGISTRIES
          + """

          """;

  private static final String STREAM =
      """
      Usage: slipway stream NAME[@ARCH] [-f FILE]
             slipway stream --conf CONF [-t REPO:TAG]

      Writes the archive of an image to standard output, uncompressed, without storing it.

        NAME                    the key of an image in the image file
        NAME@ARCH               the same, built for this architecture
        -f, --file FILE         the image file (default: slipway.yaml, else slipway.json)
        --conf CONF             a stream configuration as dockerTools hands to its stream script
        -t, --repo_tag REPO:TAG the name to give the image of a stream configuration
        --tag TAG               the tag, in place of the image's own
        --references FILE       what is valid in the store, as Nix tells builders: .attrs.json
                                with exportReferencesGraph.closure, or that array alone, or
                                the text of exportReferencesGraph, or closureInfo's registration
      """
          + SCRIPTS
          + DEBIAN
          + CACHES
          + REGISTRIES
          + """

          """;

  private static final String LOAD =
      """
      Usage: slipway load NAME[@ARCH] [-f FILE] [-t REPO:TAG]
             slipway load ARCHIVE [-t REPO:TAG]

      Puts an image into the Docker daemon, or into podman, and prints what that says. Layers that
      Docker has already, as the lowest ones of another image, are not sent.

        NAME                    the key of an image in the image file
        NAME@ARCH               the same, built for this architecture
        ARCHIVE                 an image archive, plain or compressed with gzip or zstd
        -f, --file FILE         the image file (default: slipway.yaml, else slipway.json)
        -t, --repo_tag REPO:TAG the name to give the image
        --references FILE       what is valid in the store, as Nix tells builders: .attrs.json
                                with exportReferencesGraph.closure, or that array alone, or
                                the text of exportReferencesGraph, or closureInfo's registration
      """
          + SCRIPTS
          + DEBIAN
          + CACHES
          + REGISTRIES
          + """

          The daemon is the one that DOCKER_HOST names (unix:///PATH or tcp://HOST:PORT, the latter
          with DOCKER_TLS_VERIFY and DOCKER_CERT_PATH as for docker), else that of docker's current
          context, else the one at /var/run/docker.sock, else podman's.

          """;

  private static final String PUSH =
      """
      Usage: slipway push NAME REF... [-f FILE]
             slipway push NAME@ARCH NAME@ARCH... REF...
             slipway push ARCHIVE REF...

      Puts an image into registries, and prints each reference with the digest that it leads to
      now. What a registry has is not sent: layers whose compressed form is remembered are neither
      read nor compressed, and those that lie in another repository of it are shared. The manifest
      comes last. Several images, each for another platform, become one list of images.

        NAME                    the key of an image in the image file; if it lists platforms, REF
                                leads to a list of them
        NAME@ARCH               the same, built for this architecture: ARCH, ARCH/VARIANT or OS/ARCH
        ARCHIVE                 an image archive or OCI layout; of several images the first is
                                taken, or that which oci:DIR:TAG, oci-archive:FILE:TAG or
                                docker-archive:FILE:NAME names. A layout's blobs go as they are
        REF                     where it goes: [HOST[:PORT]/]PATH[:TAG], without HOST to Docker Hub
        -f, --file FILE         the image file (default: slipway.yaml, else slipway.json)
        --all                   all platforms that a layout has of the image, and their list
        --annotation KEY=VALUE  say this in the manifest (several times for more)
        --label KEY=VALUE       add this label to the config (several times for more)
        --format FORMAT         oci or v2s2, Docker's (default: what a layout has; Docker's for
                                other images, unless it has no place for their layers)
        --compress HOW          none, gz or zstd (default: as the image asks, but gz for none)
        --references FILE       what is valid in the store, as Nix tells builders: .attrs.json
                                with exportReferencesGraph.closure, or that array alone, or
                                the text of exportReferencesGraph, or closureInfo's registration
      """
          + PLATFORM
          + REGISTRIES
          + SCRIPTS
          + DEBIAN
          + CACHES
          + """

          With --json, prints a list that has for each REF its reference, digest and manifests, each
          with digest, mediaType, size and platform.

          """;

  private static final String PULL =
      """
      Usage: slipway pull REF@DIGEST -o OUT [--name NAME] [--tag TAG] [--hash HASH]

      Fetches an image from a registry into a docker archive, as dockerTools' pullImage does, and
      prints its path. The archive is the one that skopeo 1.9 makes. All of it is checked against
      the digests of manifest and config, and it appears whole or not at all.

        REF@DIGEST              the image: [HOST[:PORT]/]PATH[:TAG]@sha256:..., without HOST one of
                                Docker Hub
        -o, --output OUT        the archive; - is standard output
        --name NAME             what the image is called there (default: as in REF)
        --tag TAG               its tag there (default: that of REF, else latest)
        --hash HASH             the hash that the archive must have: SHA-256 as sha256-BASE64, or
                                in hex, base 32 or base 64
      """
          + PLATFORM
          + REGISTRIES
          + """

          """;

  private static final String PREFETCH =
      """
      Usage: slipway prefetch REF

      Fetches what REF leads to now, and prints the arguments with which pullImage fetches the same
      for ever, as nix-prefetch-docker does. The archive is kept in the cache for when it is needed.

        REF                     the image: [HOST[:PORT]/]PATH[:TAG][@sha256:...], without HOST one
                                of Docker Hub; a second word may be the tag or the digest
        --image-name NAME       the image, if it is no argument
        --image-tag TAG         its tag
        --image-digest DIGEST   its digest
        --final-image-name NAME what the image will be called (default: as in REF)
        --final-image-tag TAG   its tag then (default: that of REF, else latest)
      """
          + PLATFORM
          + REGISTRIES
          + """

          """;

  private static final String LOCK =
      """
      Usage: slipway lock [-f FILE]

      Pins the Debian packages that the image file names, and all that they need, by version and
      SHA-256 in the lock file beside it (slipway.lock for slipway.yaml), and prints its path. What
      is pinned is what Debian has now, for each platform that the file's images are for, this
      machine's, and those that were pinned before. Images are built of what is pinned, always.

        -f, --file FILE         the image file (default: slipway.yaml, else slipway.json)
        --arch ARCH             pin for this architecture, too (several times for more)
        --deb-keyring FILE      the keys that releases must be signed with (default: those of
                                Debian's package debian-archive-keyring; without these, or
                                without gpgv, a mirror must be reached over HTTPS); none to check
                                nothing
      """
          + DEBIAN
          + """
            --tls-verify true|false with false, mirrors need not prove who they are

          """;

  private static final String MERGE =
      """
      Usage: slipway merge ARCHIVE... -o OUT

      Writes the images of several archives into one, compressed as the last of them is, and prints
      its path. What they have in common is stored once. Every layer is checked against its diff ID.

        ARCHIVE                 an image archive, plain or compressed with gzip or zstd, or an OCI
                                layout; oci:DIR:TAG, oci-archive:FILE:TAG or docker-archive:FILE:NAME
                                takes one of its images
        -o, --output OUT        the archive; - is standard output; or oci:DIR or oci-archive:FILE

      """;

  private static final String EXPORT =
      """
      Usage: slipway export ARCHIVE -o OUT

      Writes the file system of an image, its layers applied one above the other, as one tar, and
      prints its path. Nothing is mounted or unpacked. Every layer is checked against its diff ID.

        ARCHIVE                 an image archive, plain or compressed with gzip or zstd, or an OCI
                                layout; of several images the first is taken, or that which
                                oci:DIR:TAG, oci-archive:FILE:TAG or docker-archive:FILE:NAME names
        -o, --output OUT        the tar; - is standard output

      """;

  private static final String INSPECT =
      """
      Usage: slipway inspect ARCHIVE
             slipway inspect REF
             slipway inspect NAME[@ARCH] [-f FILE]

      Shows the images in an archive: names, config, layers with their sizes, and history.
      Every layer is checked against its diff ID. Of an image in a registry the layers are not
      fetched; their sizes are those of the blobs, and the platforms of a list are shown.

        ARCHIVE                 an image archive, plain or compressed with gzip or zstd, or an OCI
                                layout; oci:DIR:TAG, oci-archive:FILE:TAG or docker-archive:FILE:NAME
                                takes one of its images, :@N in place of the name that at place N
        REF                     an image in a registry; docker://REF if there is a file of that name
        NAME                    the key of an image in the image file, which is built for that
        -f, --file FILE         the image file (default: slipway.yaml, else slipway.json)
        --raw                   print the manifest, or list of manifests, as it is
        --config                print the config document as it is
      """
          + DEBIAN
          + CACHES
          + PLATFORM
          + REGISTRIES
          + """

          """;

  private static final String TARSUM =
      """
      Usage: slipway tarsum < LAYER

      Prints the checksum of a tar, tarsum.v1+sha256, that Docker gave layers once: it depends on
      neither times nor owners' names, nor on the order of the members.

        LAYER                   a tar, not compressed

      """;

  private static final String STORE =
      """
      Usage: slipway store add PATH
             slipway store closure PATH...
             slipway store verify
             slipway store gc

      Works on the store.

        add PATH                add a file or folder; print the store path, which is that of
                                nix-store --add
        closure PATH...         print the closure of store paths, each path after what it
                                refers to
        verify                  check every path's content against its hash; 1 if one differs
        gc                      delete the paths that no root and no running build refers to
      """
          + CACHES
          + """
            --tls-verify true|false with false, servers of binary caches need not prove who they are

          """;

  private Help() {}

  static String general() {
    return GENERAL + COMMON;
  }

  /** The text for one of {@link #NAMES}. */
  static String of(String command) {
    String text =
        switch (command) {
          case "build" -> BUILD;
          case "plan" -> PLAN;
          case "stream" -> STREAM;
          case "load" -> LOAD;
          case "push" -> PUSH;
          case "pull" -> PULL;
          case "prefetch" -> PREFETCH;
          case "lock" -> LOCK;
          case "merge" -> MERGE;
          case "export" -> EXPORT;
          case "inspect" -> INSPECT;
          case "tarsum" -> TARSUM;
          default -> STORE;
        };
    return text + COMMON;
  }
}
