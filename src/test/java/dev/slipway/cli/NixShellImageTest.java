package dev.slipway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.oci.Json;
import dev.slipway.oci.JsonArray;
import dev.slipway.oci.JsonLimits;
import dev.slipway.oci.JsonObject;
import dev.slipway.oci.JsonString;
import dev.slipway.oci.JsonValue;
import dev.slipway.store.StoreLocation;
import dev.slipway.store.StorePath;
import dev.slipway.store.StoreSettings;
import dev.slipway.store.Stores;
import dev.slipway.store.TrivialBuilders;
import dev.slipway.store.WritableStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What images of a derivation's shell hold. */
class NixShellImageTest {
  private static final String OUT = "/nix/store/hbiyx0vmjbaqxm76gkx692cbbyllhqfk-thing";
  private static final String DEV = "/nix/store/dz5ni00kqzq1l2dcycchxi4hfnpn5vvb-thing-dev";

  @TempDir private Path folder;
  private WritableStore store;
  private StorePath source;
  private StorePath library;
  private StorePath unnamed;

  @BeforeEach
  void fill() throws IOException {
    store =
        Stores.openWritable(
            new StoreLocation.Embedded(),
            StoreSettings.of(folder.resolve("data/slipway"), InstantSource.system()));
    TrivialBuilders builders = new TrivialBuilders(store);
    builders.writeScriptBin("bash", "not a bash");
    source = builders.writeText("source", "a source");
    library = builders.writeTextDir("lib/library", "for " + source);
    unnamed = builders.writeText("unnamed", "needed all the same");
  }

  @AfterEach
  void close() throws IOException {
    store.close();
  }

  private static String variable(String name, String value) {
    return "(\"%s\",\"%s\")".formatted(name, value);
  }

  /** Adds a derivation that needs a library, which another makes. */
  private StorePath derivation(String... variables) throws IOException {
    StorePath other =
        add(
            "library.drv",
            "Derive([(\"out\",\"%s\",\"\",\"\")],[],[],\"any\",\"/bin/sh\",[],[])"
                .formatted(library),
            Set.of());
    return add(
        "thing.drv",
        "Derive([(\"dev\",\"%s\",\"\",\"\"),(\"out\",\"%s\",\"\",\"\")],[(\"%s\",[\"out\"])],[%s],"
                .formatted(DEV, OUT, other, sources())
            + "\"any\",\"/bin/sh\",[\"-c\",\"cp %s $out; it's\"],[".formatted(library)
            + String.join(",", variables)
            + "])",
        Set.of(other, source, unnamed));
  }

  private String sources() {
    return Stream.of(source, unnamed)
        .sorted()
        .map(path -> "\"" + path + "\"")
        .collect(Collectors.joining(","));
  }

  private StorePath add(String name, String text, Collection<StorePath> references)
      throws IOException {
    return store.addText(name, text, references);
  }

  private Run run(String drv, String more) throws IOException {
    return run(
        """
        tools:
          bashInteractive: ./bash
          coreutils: ./coreutils
          cacert: ./cacert
          runtimeShell: ./bash/bin/bash
        images:
          it:
            streamNixShellImage:
              drv: %s
        %s\
        """
            .formatted(drv, more.indent(6)));
  }

  private Run run(String imageFile) throws IOException {
    for (String program : List.of("bash", "coreutils")) {
      Path bin = Files.createDirectories(folder.resolve(program + "/bin"));
      Files.writeString(bin.resolve(program.equals("bash") ? "bash" : "env"), program);
    }
    Path certificates = Files.createDirectories(folder.resolve("cacert/etc/ssl/certs"));
    Files.writeString(certificates.resolve("ca-bundle.crt"), "certificates");
    Files.createDirectories(folder.resolve("temporary"));
    Files.writeString(folder.resolve("slipway.yaml"), imageFile);
    return Run.with(
        Map.of(
            "PATH", "/usr/bin:/bin",
            "XDG_DATA_HOME", folder.resolve("data").toString(),
            "XDG_CACHE_HOME", folder.resolve("cache").toString(),
            "TMPDIR", folder.resolve("temporary").toString()),
        "build",
        "it",
        "--quiet",
        "-f",
        folder.resolve("slipway.yaml").toString(),
        "-o",
        folder.resolve("it.tar").toString(),
        "--store",
        "embedded");
  }

  private Built build(String drv, String more) throws IOException {
    Run run = run(drv, more);
    assertThat(run.err()).isEmpty();
    assertThat(run.status()).isZero();
    return new Built(Files.readAllBytes(folder.resolve("it.tar")));
  }

  /** An archive of one image. */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  private record Built(byte[] archive) {
    private JsonValue json(String member) throws IOException {
      return Json.parse(TarFiles.content(archive, member), member, JsonLimits.FOREIGN);
    }

    private JsonObject manifest() throws IOException {
      return (JsonObject) ((JsonArray) json("manifest.json")).elements().getFirst();
    }

    JsonObject config() throws IOException {
      String name = ((JsonString) Objects.requireNonNull(manifest().get("Config"))).value();
      return (JsonObject) Objects.requireNonNull(((JsonObject) json(name)).get("config"));
    }

    List<String> strings(String key) throws IOException {
      return ((JsonArray) Objects.requireNonNull(config().get(key)))
          .elements().stream().map(element -> ((JsonString) element).value()).toList();
    }

    Map<String, String> environment() throws IOException {
      Map<String, String> variables = new HashMap<>();
      for (String variable : strings("Env")) {
        int equals = variable.indexOf('=');
        variables.put(variable.substring(0, equals), variable.substring(equals + 1));
      }
      return variables;
    }

    List<byte[]> layers() throws IOException {
      List<byte[]> layers = new ArrayList<>();
      for (JsonValue name :
          ((JsonArray) Objects.requireNonNull(manifest().get("Layers"))).elements()) {
        layers.add(TarFiles.content(archive, ((JsonString) name).value()));
      }
      return layers;
    }

    /** The file of this path in the store layers. */
    String file(String path) throws IOException {
      for (byte[] layer : layers()) {
        if (TarFiles.names(layer).contains(path)) {
          return new String(TarFiles.content(layer, path), StandardCharsets.UTF_8);
        }
      }
      throw new AssertionError("there is no " + path);
    }

    /** The names of the store paths that it holds, sorted. */
    List<String> storePaths() throws IOException {
      List<String> names = new ArrayList<>();
      for (byte[] layer : layers()) {
        TarFiles.names(layer).stream()
            .filter(name -> name.matches("/nix/store/[^/]+/?"))
            .map(name -> name.substring(44).replace("/", ""))
            .forEach(names::add);
      }
      return names.stream().sorted().toList();
    }
  }

  @Test
  void itsEnvironmentIsThatOfTheDerivation() throws Exception {
    StorePath drv =
        derivation(
            variable("HOME", "elsewhere"),
            variable("big", "see " + source),
            variable("empty", ""),
            variable("name", "thing"),
            variable("outputs", "out dev"),
            variable("passAsFile", "big other"),
            variable("src", source.toString()),
            variable("TMP", "lost").replace("TMP", "tmp"));
    Built image = build(drv.toString(), "");

    Map<String, String> environment = image.environment();
    String path = environment.getOrDefault("PATH", "");
    String bash = path.replaceFirst("/bin:.*", "");
    String build = path.replaceFirst(".*:(.*)/bin", "$1");
    String big = environment.getOrDefault("bigPath", "");
    assertThat(big).endsWith("-pass-as-text-big");
    assertThat(image.file(big)).isEqualTo("see " + source);
    String cacert = environment.getOrDefault("SSL_CERT_FILE", "");
    assertThat(cacert).matches("/nix/store/[^/]*-cacert/etc/ssl/certs/ca-bundle.crt");
    assertThat(image.strings("Env"))
        .containsExactly(
            "HOME=elsewhere",
            "NIX_BUILD_CORES=1",
            "NIX_BUILD_TOP=/build",
            "NIX_SSL_CERT_FILE=" + cacert,
            "NIX_STORE=/nix/store",
            "PATH=" + bash + "/bin:" + build + "/bin",
            "PWD=/build",
            "SSL_CERT_FILE=" + cacert,
            "TEMP=/build",
            "TEMPDIR=/build",
            "TERM=xterm-256color",
            "TMP=/build",
            "TMPDIR=/build",
            "args=-c cp " + library + " $out; it's",
            "bigPath=" + big,
            "dev=" + DEV,
            "empty=",
            "name=thing",
            "out=" + OUT,
            "outputs=out dev",
            "passAsFile=big other",
            "src=" + source,
            "tmp=lost");
    assertThat(image.file(build + "/bin/buildDerivation"))
        .isEqualTo(
            "#!%s\nexec /bin/sh -c 'cp %s $out; it'\\''s'\n\n"
                .formatted(runtimeShell(image, build), library));
  }

  private static String runtimeShell(Built image, String build) throws IOException {
    return image
        .file(build + "/bin/buildDerivation")
        .lines()
        .findFirst()
        .orElseThrow()
        .substring(2);
  }

  @Test
  void itHoldsWhatIsNeededAndNotWhatIsBuilt() throws Exception {
    StorePath built = new TrivialBuilders(store).writeText("built", "built before");
    StorePath drv =
        add(
            "again.drv",
            "Derive([(\"out\",\"%s\",\"\",\"\")],[],[\"%s\"],\"any\",\"%s\",[],[(\"out\",\"%s\")])"
                .formatted(built, unnamed, built + "x", built),
            Set.of(unnamed));

    assertThat(build(drv.toString(), "").storePaths())
        .containsExactly(
            "bash",
            "bash",
            "buildDerivation",
            "cacert",
            "coreutils",
            "group",
            "nix-shell-rc",
            "nsswitch.conf",
            "passwd",
            "unnamed");
    assertThat(build(derivation().toString(), "").storePaths())
        .contains("source", "library", "unnamed")
        .doesNotContain("thing", "library.drv", "thing.drv");
  }

  @Test
  void itsUserOwnsStoreAndBuildFolder() throws Exception {
    Built image =
        build(derivation().toString(), "uid: 1234\ngid: 99\nhomeDirectory: /home/me\nname: My/Env");

    assertThat(image.config().get("User")).isEqualTo(new JsonString("1234:99"));
    assertThat(image.config().get("WorkingDir")).isEqualTo(new JsonString("/build"));
    assertThat(image.environment()).containsEntry("HOME", "/home/me");
    assertThat(
            TarFiles.read(image.layers().getLast()).stream()
                .map(member -> member.header().replaceAll("[0-9a-z]{32}-", "HASH-")))
        .containsExactly(
            "0755 0:0 : 315532800 ./",
            "0755 0:0 : 315532800 ./bin/",
            "0777 0:0 : 315532800 ./bin/sh -> /nix/store/HASH-bash/bin/bash",
            "0755 1234:99 : 315532800 ./build/",
            "0755 0:0 : 315532800 ./etc/",
            "0777 0:0 : 315532800 ./etc/group -> /nix/store/HASH-group/etc/group",
            "0755 1234:99 : 315532800 ./etc/nix/",
            "0777 0:0 : 315532800 ./etc/nsswitch.conf ->"
                + " /nix/store/HASH-nsswitch.conf/etc/nsswitch.conf",
            "0777 0:0 : 315532800 ./etc/passwd -> /nix/store/HASH-passwd/etc/passwd",
            "0755 1234:99 : 315532800 ./nix/",
            "0755 1234:99 : 315532800 ./nix/store/",
            "0755 1234:99 : 315532800 ./nix/var/",
            "0755 1234:99 : 315532800 ./nix/var/nix/",
            "0755 0:0 : 315532800 ./usr/",
            "0755 0:0 : 315532800 ./usr/bin/",
            "0777 0:0 : 315532800 ./usr/bin/env -> /nix/store/HASH-coreutils/bin/env",
            "0755 0:0 : 315532800 ./var/",
            "0755 0:0 : 315532800 ./var/empty/");
  }

  @Test
  void itStartsTheShellWithWhatItRuns() throws Exception {
    String drv = derivation().toString();

    Built plain = build(drv, "");
    Built typed = build(drv, "command: echo typed");
    Built run = build(drv, "run: echo run");

    String shell = plain.strings("Cmd").getFirst();
    assertThat(shell).matches("/nix/store/[^/]*-bash/bin/bash");
    assertThat(plain.strings("Cmd")).hasSize(3).startsWith(shell, "--rcfile");
    assertThat(typed.strings("Cmd")).hasSize(3).startsWith(shell, "--rcfile");
    assertThat(run.strings("Cmd")).hasSize(2).startsWith(shell);
    assertThat(plain.file(plain.strings("Cmd").getLast())).doesNotContain("exit");
    assertThat(typed.file(typed.strings("Cmd").getLast())).endsWith("\necho typed\nexit\n");
    assertThat(run.file(run.strings("Cmd").getLast())).endsWith("\necho run\nexit\n");
  }

  @Test
  void attributesAreWhatNixMakesOfThem() throws Exception {
    Built image =
        build(
            """
            {
              name: thing, builder: /bin/sh, args: [ -c, "cp %s $out" ], system: any,
              outputs: [ out, dev ], out: %s, dev: %s, src: %s,
              yes: true, no: false, nothing: null, whole: 5, half: 1.5,
              list: [ 1, a, [ 2, [ 3 ] ], [], null, true, [] ], passAsFile: [ text ], text: "see %s"
            }
            """
                .replace("\n", " ")
                .formatted(library, OUT, DEV, source, source),
            "");

    assertThat(image.environment())
        .containsEntry("args", "-c cp " + library + " $out")
        .containsEntry("outputs", "out dev")
        .containsEntry("out", OUT)
        .containsEntry("dev", DEV)
        .containsEntry("yes", "1")
        .containsEntry("no", "")
        .containsEntry("nothing", "")
        .containsEntry("whole", "5")
        .containsEntry("half", "1.500000")
        .containsEntry("list", "1 a 2 3  1 ")
        .doesNotContainKey("text");
    assertThat(image.file(image.environment().getOrDefault("textPath", "")))
        .isEqualTo("see " + source);
    assertThat(image.storePaths()).contains("source", "library").doesNotContain("unnamed");
    Built same =
        build(
            "{ name: thing, builder: b, system: any, outputs: { out: %s, dev: %s } }"
                .formatted(OUT, DEV),
            "");
    assertThat(same.environment()).containsEntry("out", OUT).containsEntry("outputs", "out dev");
  }

  @Test
  void outputsAreWhereTheirPlaceholdersStand() throws Exception {
    String placeholder = "/1rz4g4znpzjwh1xymhjpm42vipw92pr73vdgl6xs1hycac8kf2n9";
    Built image = build(derivation(variable("prefix", "to " + placeholder)).toString(), "");
    Built same =
        build(
            "{ name: thing, builder: b, args: [ %s/x ], out: %s, prefix: to %s }"
                .formatted(placeholder, OUT, placeholder),
            "");

    assertThat(image.environment()).containsEntry("prefix", "to " + OUT);
    assertThat(same.environment())
        .containsEntry("prefix", "to " + OUT)
        .containsEntry("args", OUT + "/x");
    String build = same.environment().getOrDefault("PATH", "").replaceFirst(".*:(.*)/bin", "$1");
    assertThat(same.file(build + "/bin/buildDerivation")).endsWith("exec b " + OUT + "/x\n\n");
  }

  @Test
  void saysWhatIsWrong() throws Exception {
    assertRefused(
        derivation(variable("__json", "{}")).toString(),
        "streamNixShellImage: Does not work with the derivation thing because it uses"
            + " __structuredAttrs");
    assertRefused(
        "{ name: thing, builder: b, out: o, __structuredAttrs: true }",
        "streamNixShellImage: Does not work with the derivation thing because it uses"
            + " __structuredAttrs");
    assertRefused(
        source.toString(), source + " is not a derivation: expected the path of a .drv file");
    assertRefused(
        "/nix/store/" + "0".repeat(32) + "-no.drv",
        "/nix/store/" + "0".repeat(32) + "-no.drv is not valid in the store");
    StorePath text = add("no.drv", "no", Set.of());
    assertRefused(text.toString(), text + ": offset 0: not a derivation: expected Derive(");
    StorePath floating =
        add(
            "floating.drv",
            "Derive([(\"out\",\"\",\"r:sha256\",\"\")],[],[],\"\",\"\",[],[])",
            Set.of());
    assertRefused(
        floating.toString(),
        floating + ": where its output 'out' is put is known only when it has been built");
    StorePath other =
        add(
            "other.drv",
            "Derive([(\"out\",\"%s\",\"\",\"\")],[],[],\"\",\"\",[],[])".formatted(OUT),
            Set.of());
    StorePath needs =
        add(
            "needs.drv",
            "Derive([(\"out\",\"%s\",\"\",\"\")],[(\"%s\",[\"out\"])],[],\"\",\"\",[],[])"
                .formatted(DEV, other),
            Set.of(other));
    assertRefused(
        needs.toString(),
        needs
            + " needs "
            + OUT
            + ", which is not valid in the store: build it first, with nix-store --realise or the"
            + " like");
    assertRefused("{ name: thing, builder: b }", "the attribute 'out' is missing");
    assertRefused("{ name: thing, out: o }", "the attribute 'builder' is missing");
    assertRefused("{ name: a, out: o, builder: b, args: x }", "args: expected a list");
    assertRefused(
        "{ name: a, out: o, builder: b, x: { y: z } }",
        "x: expected what becomes a string, found an object");
  }

  private void assertRefused(String drv, String message) throws IOException {
    Run run = run(drv, "");
    assertThat(run.status()).as(drv).isNotZero();
    assertThat(run.err()).contains(message).hasLineCount(1);
  }

  @Test
  void theExamplesOfThePageBuild() throws Exception {
    Matcher examples =
        Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL)
            .matcher(Files.readString(Path.of("docs/nix-shells.md")));
    String drv = derivation().toString();
    for (String name : List.of("hello-check", "greeting")) {
      assertThat(examples.find()).isTrue();
      String example =
          examples
              .group(1)
              .replaceAll("/nix/store/\\S+\\.drv", drv)
              .replaceAll("/nix/store/\\S+-bash[^/\n]*", "./bash")
              .replaceAll("/nix/store/\\S+-coreutils\\S*", "./coreutils")
              .replace(name + ":", "it:");

      Run run = run(example);

      assertThat(run.err()).isEmpty();
      assertThat(run.status()).isZero();
    }
  }

  @Test
  void toolsAreAskedFor() throws Exception {
    Files.writeString(
        folder.resolve("slipway.yaml"),
        "images: { it: { buildNixShellImage: { drv: %s } } }".formatted(derivation()));

    Run run =
        Run.with(
            Map.of("PATH", "/usr/bin", "XDG_DATA_HOME", folder.resolve("data").toString()),
            "build",
            "it",
            "-f",
            folder.resolve("slipway.yaml").toString(),
            "--store",
            "embedded");

    assertThat(run.status()).isEqualTo(2);
    assertThat(run.err()).contains("buildNixShellImage needs tools.bashInteractive");
  }
}
