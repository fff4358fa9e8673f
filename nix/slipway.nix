# Slipway itself: the jars that "mvn package" makes, a launcher, and an AOT cache made beforehand.
#
# build: the folder with slipway.jar and lib/, "target" of this checkout by default. Maven needs the network, which Nix's
# sandbox does not have, so it runs before: mvn -DskipTests package
# jdk: a JDK 25 or later.
{
  pkgs,
  build ? ../target,
  jdk ?
    pkgs.jdk25_headless or pkgs.jdk25 or (throw
      "Slipway needs a JDK 25, which this nixpkgs does not have: pass jdk, for instance from a later nixpkgs"
    ),
}:
let
  inherit (pkgs) lib;
  version = builtins.head (
    builtins.match ".*<artifactId>slipway</artifactId>[[:space:]]*<version>([^<]*)</version>.*" (
      builtins.readFile ../pom.xml
    )
  );
  jars =
    if !builtins.pathExists (build + "/slipway.jar") then
      throw "${toString build} has no slipway.jar: run mvn -DskipTests package first, or pass build"
    else
      # What else is there is no part of it. The folder itself may be a link.
      {
        own = builtins.path {
          name = "slipway.jar";
          path = build + "/slipway.jar";
        };
        others = builtins.path {
          name = "slipway-lib";
          path = build + "/lib";
          filter = path: _: builtins.match ".*[.]jar" path != null;
        };
      };
  # What scripts that are root are kept apart with.
  programs = builtins.filter (program: program != null) [
    pkgs.bash or null
    pkgs.util-linux or null
    pkgs.coreutils
    pkgs.findutils or null
    pkgs.gnused or null
    pkgs.gnutar or null
    pkgs.gnugrep or null
    pkgs.iproute2 or null
    pkgs.e2fsprogs or null
    pkgs.fakeroot or null
    pkgs.stdenv.cc.libc.bin or null
  ];
in
pkgs.runCommand "slipway-${version}"
  {
    passthru = { inherit jdk version; };
    meta = {
      description = "Builds container images as dockerTools does";
      license = lib.licenses.asl20 or "Apache-2.0";
      mainProgram = "slipway";
      platforms = lib.platforms.linux or [ "x86_64-linux" "aarch64-linux" ];
    };
  }
  ''
    share=$out/share/slipway
    mkdir -p "$out/bin" "$share/native"
    cp ${jars.own} "$share/slipway.jar"
    cp -R ${jars.others} "$share/lib"
    chmod -R u+w "$share"
    # The JVM takes a cache only for jars of the same date, and those in a store are of that one.
    find "$share" -exec touch -d @1 {} +

    # The C in jars would otherwise be unpacked at each start.
    case $(uname -m) in
      x86_64) sqlite=x86_64 zstd=amd64 ;;
      *) sqlite=$(uname -m) zstd=$sqlite ;;
    esac
    mkdir unpacked
    (
      cd unpacked
      ${jdk}/bin/jar xf "$share"/lib/sqlite-jdbc-*.jar "org/sqlite/native/Linux/$sqlite/libsqlitejdbc.so"
      ${jdk}/bin/jar xf "$share"/lib/zstd-jni-*.jar "linux/$zstd"
      cp "org/sqlite/native/Linux/$sqlite/libsqlitejdbc.so" "$share/native"
      cp "linux/$zstd"/libzstd-jni-*.so "$share/native/libzstd-jni.so"
    )

    # The options are those of the launcher of a checkout, which says why.
    eval "$(sed -n "/^jvm_options='/,/'\$/p" ${builtins.toFile "launcher" (builtins.readFile ../slipway)})"
    [ -n "$jvm_options" ]
    jvm_options=$(echo $jvm_options "-Dorg.sqlite.lib.path=$share/native -Dorg.sqlite.lib.name=libsqlitejdbc.so" \
      "-DZstdNativePath=$share/native/libzstd-jni.so")

    cp ${../scripts/train-aot} train-aot
    sh train-aot "$share/slipway.aot" ${jdk}/bin/java $jvm_options -cp "$share/slipway.jar"

    cat > "$out/bin/slipway" <<END
    #!${pkgs.runtimeShell}
    # File names are bytes; the JVM takes those that are not ASCII from the command line only in a UTF-8 locale.
    export LC_ALL=C.UTF-8
    # Builders have a home that is not there, and that nobody may make.
    if [ -n "\''${NIX_BUILD_TOP:-}" ] && [ ! -d "\''${HOME:-}" ]; then
      export XDG_CACHE_HOME="\''${XDG_CACHE_HOME:-\$NIX_BUILD_TOP/.cache}" XDG_DATA_HOME="\''${XDG_DATA_HOME:-\$NIX_BUILD_TOP/.data}"
    fi
    export PATH="\''${PATH:+\$PATH:}${lib.makeBinPath programs}"
    exec ${jdk}/bin/java $jvm_options -XX:AOTCache=$share/slipway.aot \''${SLIPWAY_JAVA_OPTS:-} \\
      -cp $share/slipway.jar dev.slipway.cli.Main "\$@"
    END
    chmod +x "$out/bin/slipway"
  ''
