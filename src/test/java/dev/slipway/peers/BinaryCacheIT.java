package dev.slipway.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.oci.Digest;
import dev.slipway.store.Nar;
import dev.slipway.store.NarHash;
import dev.slipway.store.NixBase32;
import dev.slipway.store.NixPeer;
import dev.slipway.store.WebCache;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Images are built from binary caches that Debian's Nix has written, byte for byte as from the
 * store that it has written them from; what Nix refuses to take from one is refused.
 */
class BinaryCacheIT {
  @TempDir private Path folder;
  private Slipway slipway;
  private NixPeer nix;
  private Path cache;
  private WebCache web;
  private String key;
  private String lib;
  private String tree;
  private String program;

  @BeforeEach
  void prepare() throws Exception {
    slipway = Slipway.in(folder.resolve("home"));
    nix = new NixPeer(Files.createDirectory(folder.resolve("root")));
    cache = Files.createDirectory(folder.resolve("cache"));
    web = new WebCache(cache);
    Path secret = folder.resolve("secret");
    Path trusted = folder.resolve("public");
    Programs.run(
        "nix-store",
        "--generate-binary-cache-key",
        "test-1",
        secret.toString(),
        trusted.toString());
    key = Files.readString(trusted).strip();

    Path nasty = path("nasty-tree");
    new Trees(folder).make(nasty, 271828);
    tree = register(nasty);
    Path library = path("library-1");
    Files.createDirectories(library.resolve("lib"));
    Files.writeString(library.resolve("lib/lib.so"), "code of " + tree);
    lib = register(library, tree);
    Path object = path("program-1.0");
    Files.createDirectories(object.resolve("bin"));
    Path file = Files.writeString(object.resolve("bin/program"), "#!/bin/sh\necho " + lib + "\n");
    assertThat(file.toFile().setExecutable(true)).isTrue();
    Files.createSymbolicLink(object.resolve("bin/alias"), Path.of("program"));
    Files.createSymbolicLink(object.resolve("lib"), Path.of(lib + "/lib"));
    program = register(object, lib);
    slipway.imageFile(
        """
        images:
          layered:
            buildLayeredImage:
              name: layered
              contents: %1$s
              config: { Cmd: [ %1$s/bin/program ] }
          scripted:
            buildLayeredImage:
              name: scripted
              contents: %1$s
              extraCommands: cp %2$s/lib/lib.so copied
          plain:
            buildImage:
              name: plain
              copyToRoot: %1$s
          members:
            buildLayeredImage:
              name: members
              tag: v1
              config: { Cmd: [ %1$s/bin/program ] }
        """
            .formatted(program, lib));
  }

  @AfterEach
  void stop() {
    web.close();
  }

  /** Where an object of this name lies in Nix's store. */
  private Path path(String name) throws IOException {
    byte[] hash = Digest.of(name.getBytes(StandardCharsets.UTF_8)).toBytes();
    Path objects = Files.createDirectories(nix.root().resolve("nix/store"));
    return objects.resolve(NixBase32.encode(NixBase32.compress(hash, 20)) + "-" + name);
  }

  /** Makes an object valid that does not follow from its content, as those that are built. */
  private String register(Path object, String... references) throws Exception {
    canonicalise(object);
    NarHash nar = Nar.hash(object);
    String path = "/nix/store/" + object.getFileName();
    nix.load(
        "%s\n%s\n%d\n\n%d\n%s"
            .formatted(
                path,
                nar.digest().hex(),
                nar.size(),
                references.length,
                Stream.of(references).map(text -> text + "\n").reduce("", String::concat)));
    return path;
  }

  /** Modes as they are in a store, since images have them too. */
  private static void canonicalise(Path object) throws Exception {
    Programs.run(
        "sh",
        "-c",
        "find \"$1\" -type f -perm /100 -exec chmod 555 {} +;"
            + " find \"$1\" -type f ! -perm /100 -exec chmod 444 {} +;"
            + " find \"$1\" -depth -type d -exec chmod 555 {} +",
        "sh",
        object.toString());
  }

  private void copyTo(Path target, String parameters) throws Exception {
    copyTo(target, parameters, program);
  }

  private void copyTo(Path target, String parameters, String path) throws Exception {
    NixPeer.Result copied =
        nix.run(
            "nix",
            "--extra-experimental-features",
            "nix-command",
            "copy",
            "--to",
            "file://" + target + "?" + parameters,
            path);
    assertThat(copied.status()).as(copied.err()).isZero();
  }

  private String signed(String compression) {
    return "compression=" + compression + "&secret-key=" + folder.resolve("secret");
  }

  /** Whether Nix takes the program with all that it refers to from the cache. */
  private boolean nixTakesIt(String... options) throws Exception {
    Path other = Files.createTempDirectory(folder, "other");
    String[] command = {
      "--extra-experimental-features",
      "nix-command",
      "copy",
      "--from",
      web.url(),
      "--option",
      "narinfo-cache-negative-ttl",
      "0",
      program
    };
    String[] all = Arrays.copyOf(command, command.length + options.length);
    System.arraycopy(options, 0, all, command.length, options.length);
    return new NixPeer(other).run("nix", all).status() == 0;
  }

  private String narInfoOf(String path) throws IOException {
    return Files.readString(narInfo(path));
  }

  private Path narInfo(String path) {
    return cache.resolve(path.substring("/nix/store/".length()).split("-", 2)[0] + ".narinfo");
  }

  private Path nar(String path) throws IOException {
    return cache.resolve(
        narInfoOf(path)
            .lines()
            .filter(line -> line.startsWith("URL: "))
            .findFirst()
            .orElseThrow()
            .substring(5));
  }

  private Digest build(String image, String... options) throws Exception {
    String[] command = {"build", image, "-o", "image.tar"};
    String[] all = Arrays.copyOf(command, command.length + options.length);
    System.arraycopy(options, 0, all, command.length, options.length);
    slipway.run(all);
    return Digest.of(Files.readAllBytes(slipway.home().resolve("image.tar")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"xz", "zstd", "bzip2", "gzip", "none"})
  void imagesAreTheSameFromACacheAndFromItsStore(String compression) throws Exception {
    copyTo(cache, signed(compression));

    for (String image : List.of("layered", "scripted", "plain")) {
      Digest own = build(image, "--store", "local?root=" + nix.root());

      assertThat(build(image, "--store", web.url(), "--trusted-public-keys", key))
          .as(image)
          .isEqualTo(own);
      int asked = web.seen.size();
      assertThat(build(image, "--store", web.url(), "--trusted-public-keys", key))
          .as(image)
          .isEqualTo(own);
      assertThat(web.seen.subList(asked, web.seen.size()))
          .noneMatch(path -> path.startsWith("/nar/"));
      assertThat(build(image, "--store", "file://" + cache, "--extra-trusted-public-keys", key))
          .as(image)
          .isEqualTo(own);
    }
  }

  @Test
  void closuresAreThoseThatNixFinds() throws Exception {
    copyTo(cache, signed("zstd"));

    List<String> found =
        slipway
            .run("store", "closure", program, "--store", web.url(), "--trusted-public-keys", key)
            .lines()
            .toList();

    assertThat(found).containsExactly(tree, lib, program);
    assertThat(
            Programs.run(
                    "nix",
                    "--extra-experimental-features",
                    "nix-command",
                    "path-info",
                    "--store",
                    "file://" + cache,
                    "-r",
                    program)
                .lines()
                .filter(line -> line.startsWith("/nix/store/")))
        .containsExactlyInAnyOrderElementsOf(found);
  }

  @Test
  void signaturesAreGoodWhereNixFindsThemGood() throws Exception {
    copyTo(cache, signed("zstd"));
    assertThat(nixTakesIt("--option", "trusted-public-keys", key)).isTrue();
    assertThat(
            slipway.run(
                "store", "closure", program, "--store", web.url(), "--trusted-public-keys", key))
        .isNotEmpty();

    assertThat(nixTakesIt()).isFalse();
    assertThat(slipway.fail("store", "closure", program, "--store", web.url()))
        .hasLineCount(1)
        .contains(program + " cannot be trusted: it is signed by test-1, which is not trusted");

    String good = narInfoOf(program);
    Files.writeString(
        narInfo(program), good.replaceAll("References: .*", "References: " + tree.substring(11)));
    assertThat(nixTakesIt("--option", "trusted-public-keys", key)).isFalse();
    assertThat(closureFailure(key)).contains("its signature by the key test-1 is wrong");

    Files.writeString(narInfo(program), good.replaceAll("Sig: .*\n", ""));
    assertThat(nixTakesIt("--option", "trusted-public-keys", key)).isFalse();
    assertThat(closureFailure(key)).contains("it is not signed");
    assertThat(nixTakesIt("--no-check-sigs")).isTrue();
    assertThat(slipway.run("store", "closure", program, "--store", web.url(), "--no-check-sigs"))
        .isNotEmpty();
  }

  private String closureFailure(String keys) throws Exception {
    String said =
        slipway.fail(
            "store", "closure", program, "--store", web.url(), "--trusted-public-keys", keys);
    assertThat(said).hasLineCount(1);
    return said;
  }

  private String buildFailure() throws Exception {
    String said =
        slipway.fail(
            "build",
            "layered",
            "-q",
            "-o",
            "no.tar",
            "--store",
            web.url(),
            "--trusted-public-keys",
            key);
    assertThat(said).hasLineCount(1);
    assertThat(slipway.home().resolve("no.tar")).doesNotExist();
    return said;
  }

  @Test
  void refusesCachesThatLieOrAreDamaged() throws Exception {
    copyTo(cache, signed("xz"));
    Path nar = nar(program);
    byte[] good = Files.readAllBytes(nar);

    Files.write(nar, Arrays.copyOf(good, good.length / 2));
    assertThat(buildFailure())
        .contains("/" + nar.getFileName() + ": expected " + good.length + " bytes, found ");

    byte[] damaged = good.clone();
    damaged[good.length / 2] ^= 1;
    Files.write(nar, damaged);
    assertThat(buildFailure()).contains("/" + nar.getFileName(), "expected sha256:");

    // The NAR of another path, well described but for what is signed.
    byte[] other = Files.readAllBytes(nar(lib));
    Files.write(nar, other);
    Files.writeString(
        narInfo(program),
        narInfoOf(program)
            .replaceAll("FileHash: .*", "FileHash: sha256:" + Digest.of(other).hex())
            .replaceAll("FileSize: .*", "FileSize: " + other.length));
    assertThat(buildFailure()).contains("/" + nar.getFileName());

    Files.delete(nar);
    assertThat(buildFailure()).contains("/" + nar.getFileName());
    Files.delete(narInfo(lib));
    assertThat(buildFailure())
        .contains(lib, "is not valid in the store or in the binary cache " + web.url());
  }

  @Test
  void whatIsOnlyInALayerIsNeverUnpacked() throws Exception {
    Path object = Files.createDirectory(path("member-1"));
    Files.write(object.resolve("more-than-pipes-hold"), new byte[3_000_000]);
    String member = register(object);
    copyTo(cache, signed("xz"), member);
    slipway.imageFile(
        """
        images:
          members:
            buildLayeredImage: { name: members, tag: v1, config: { Cmd: [ %s/bin/member ] } }
        """
            .formatted(member));

    // Its layer is being written when somebody waits with taking the rest of it.
    String there =
        slipway.shell(
            """
            slipway stream members -q --store %s --trusted-public-keys '%s' | {
              head -c 1 >first
              find "$TMPDIR" -path '*/store/*'
              cat >rest
            }
            slipway stream members -q --store 'local?root=%s' >own
            cat first rest | cmp - own
            """
                .formatted(web.url(), key, nix.root()),
            Map.of());

    assertThat(there.lines().map(line -> line.replaceAll(".*/store/", "")))
        .hasSize(2)
        .allMatch(path -> path.matches("formed(/[0-9]+)?"));
  }

  @Test
  void nothingIsDownloadedForLayersThatARegistryHas() throws Exception {
    copyTo(cache, signed("zstd"));
    try (DockerRegistry registry =
        DockerRegistry.start(Files.createDirectory(folder.resolve("registry")))) {
      String[] push = {
        "push",
        "members",
        registry.domain() + "/members:v1",
        "--tls-verify=false",
        "--store",
        web.url(),
        "--trusted-public-keys",
        key
      };
      String first = slipway.run(push);
      assertThat(web.seen.stream().filter(path -> path.startsWith("/nar/"))).hasSize(3);

      Programs.run("rm", "-r", slipway.home().resolve("cache/slipway/nars").toString());
      web.seen.clear();

      assertThat(slipway.run(push)).isEqualTo(first);
      assertThat(web.seen).isNotEmpty().noneMatch(path -> path.startsWith("/nar/"));
    }
  }

  @Test
  void whatIsKeptNixFindsGood() throws Exception {
    copyTo(cache, signed("zstd"));

    Digest fetched =
        build("layered", "--store", web.url(), "--trusted-public-keys", key, "--keep-fetched");

    NixPeer own = new NixPeer(slipway.home().resolve("data/slipway"));
    assertThat(own.store("-qR", program).lines()).containsExactlyInAnyOrder(tree, lib, program);
    assertThat(own.store("--verify", "--check-contents").err())
        .doesNotContain("modified", "disappeared", "not valid", "error");
    web.close();
    assertThat(build("layered")).isEqualTo(fetched);
    assertThat(slipway.run("store", "gc").lines().toList()).contains(tree, lib, program);
  }

  @Test
  void closuresSpanStores() throws Exception {
    copyTo(cache, signed("zstd"));
    Digest own = build("layered", "--store", "local?root=" + nix.root());
    Path second = folder.resolve("second");
    copyTo(second, signed("none"));
    Files.delete(narInfo(lib));

    assertThat(
            build(
                "layered",
                "--store",
                web.url(),
                "--store",
                "file://" + second,
                "--trusted-public-keys",
                key))
        .isEqualTo(own);
    assertThat(
            build(
                "layered",
                "--store",
                web.url(),
                "--store",
                "local?root=" + nix.root(),
                "--trusted-public-keys",
                key))
        .isEqualTo(own);
  }

  @Test
  void theCommandsOfTheDocumentationWork() throws Exception {
    copyTo(cache, signed("xz"));
    String page = Files.readString(Slipway.CHECKOUT.resolve("docs/binary-caches.md"));
    String named = "/nix/store/…-hello-2.12";
    assertThat(page).contains(named);
    List<String> yaml = blocks("yaml", page);
    assertThat(yaml).hasSize(1);
    slipway.imageFile(yaml.getFirst().replace(named, program));
    Digest own = build("hello", "--store", "local?root=" + nix.root());
    List<String> commands = blocks("sh", page);
    assertThat(commands).hasSize(4);
    for (String block : commands) {
      String text =
          block
              .replace(named, program)
              .replace(
                  "https://cache.nixos.org", web.url() + " --trusted-public-keys '" + key + "'");
      slipway.shell(
          text,
          Map.of(
              "NIX_REMOTE",
              "local?root=" + nix.root(),
              "NIX_CONFIG",
              "build-users-group =\nsubstituters =\nexperimental-features = nix-command"));
      if (text.contains("slipway build")) {
        assertThat(Digest.of(Files.readAllBytes(slipway.home().resolve("hello.tar.gz"))))
            .as(text)
            .isEqualTo(own);
      }
    }
  }

  private static List<String> blocks(String language, String page) {
    return Pattern.compile("```" + language + "\n(.*?)```", Pattern.DOTALL)
        .matcher(page)
        .results()
        .map(match -> match.group(1))
        .toList();
  }
}
