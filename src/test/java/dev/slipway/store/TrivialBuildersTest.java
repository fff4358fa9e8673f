package dev.slipway.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.files.RawName;
import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrivialBuildersTest {
  @TempDir Path folder;
  private WritableStore store;
  private TrivialBuilders builders;

  @BeforeEach
  void open() throws IOException {
    StoreSettings settings =
        StoreSettings.of(folder.resolve("embedded"), InstantSource.fixed(Instant.EPOCH));
    store = Stores.openWritable(new StoreLocation.Embedded(), settings);
    builders = new TrivialBuilders(store);
  }

  @AfterEach
  void close() throws IOException {
    store.close();
  }

  @Test
  void textsAreWhereToFilePutsThem() throws IOException {
    StorePath u = builders.writeText("u", "x");
    StorePath a = builders.writeText("a", "y");
    StorePath both = builders.writeText("t.txt", "hi " + u + " " + a + "\n");

    assertThat(both).hasToString("/nix/store/dag9a6j62m1hdq3ycrnwfncivirkxyra-t.txt");
    assertThat(references(both)).containsExactlyInAnyOrder(u, a);
    assertThat(Listing.of(store.locate(u))).containsExactly(": x");
  }

  @Test
  void scriptsAreExecutable() throws IOException {
    StorePath plain = builders.writeScript("plain", "echo");
    StorePath bin = builders.writeScriptBin("bin", "echo");
    StorePath shell = builders.writeShellScriptBin("hello", "echo " + plain, "/bin/bash");

    assertThat(Listing.of(store.locate(plain))).containsExactly("*: echo");
    assertThat(Listing.of(store.locate(bin))).containsExactly("bin/", "bin/bin*: echo");
    assertThat(Listing.of(store.locate(shell)))
        .containsExactly("bin/", "bin/hello*: #!/bin/bash⏎echo " + plain + "⏎");
    assertThat(references(shell)).containsExactly(plain);
  }

  @Test
  void textsInDirectoriesAreNamedAfterTheFile() throws IOException {
    StorePath path = builders.writeTextDir("share/doc/index.html", "<h1>");

    assertThat(path.name()).isEqualTo("index.html");
    assertThat(Listing.of(store.locate(path)))
        .containsExactly("share/", "share/doc/", "share/doc/index.html: <h1>");
    assertThatThrownBy(() -> builders.writeTextDir("a/../b", ""))
        .isInstanceOf(ImageException.class)
        .hasMessage("'a/../b' is not the path of a file in a directory");
  }

  @Test
  void onlyNamedPathsAreReferences() throws IOException {
    StorePath unnamed = store.addText("unnamed", "", Set.of());

    assertThat(references(builders.writeText("t", "" + unnamed))).isEmpty();
    TrivialBuilders others = new TrivialBuilders(store, store, Set.of(unnamed));
    assertThat(references(others.writeText("u", "" + unnamed))).containsExactly(unnamed);
  }

  @Test
  void joinsAsLndirDoes() throws IOException {
    StorePath one =
        tree(
            "one",
            Map.of(
                "bin", directory("bash", file("1"), "sh", link("bash"), "old~", file("")),
                "lib", link("lib64"),
                "lib64", directory("x.so", file("1")),
                ".git", directory("config", file("")),
                "both", file("1"),
                "empty", directory()));
    StorePath two =
        tree(
            "two",
            Map.of(
                "bin", directory("bash", file("2"), "env", file("2")),
                "lib", directory("y.so", file("2")),
                "both", directory("z", file("2"))));

    StorePath joined = builders.symlinkJoin("joined", List.of(one + "", two + ""));

    assertThat(Listing.of(store.locate(joined)))
        .containsExactly(
            "bin/",
            "bin/bash -> " + one + "/bin/bash",
            "bin/env -> " + two + "/bin/env",
            "bin/sh -> bash",
            "both -> " + one + "/both",
            "empty/",
            "lib -> lib64",
            "lib64/",
            "lib64/x.so -> " + one + "/lib64/x.so");
    assertThat(references(joined)).containsExactlyInAnyOrder(one, two);
  }

  @Test
  void joinsThroughLinksInTheStore() throws IOException {
    StorePath real = tree("real", Map.of("share", directory("x", file("1"))));
    StorePath alias = store.addTree("alias", link(real + "/share"), Set.of(real));

    StorePath joined = builders.symlinkJoin("joined", List.of(alias.toString()));

    assertThat(Listing.of(store.locate(joined))).containsExactly("x -> " + alias + "/x");
    assertThat(references(joined)).containsExactly(alias);
  }

  @Test
  void refusesToJoinFilesAndStrangers() throws IOException {
    StorePath file = builders.writeText("file", "");
    String stranger = "/nix/store/" + "0".repeat(32) + "-stranger";

    assertThatThrownBy(() -> builders.symlinkJoin("j", List.of(file.toString())))
        .isInstanceOf(ImageException.class)
        .hasMessage("cannot join " + file + ": it is not a directory");
    assertThatThrownBy(() -> builders.symlinkJoin("j", List.of(stranger)))
        .isInstanceOf(ImageException.class)
        .hasMessage(stranger + " is not valid in the store");
    assertThatThrownBy(() -> builders.symlinkJoin("j", List.of("/etc")))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("'/etc' is not a store path");
  }

  @Test
  void environmentsLinkWhatOnlyOnePackageHas() throws IOException {
    StorePath one =
        tree(
            "one",
            Map.of(
                "bin", directory("a", file("1")),
                "share", directory("man", directory("a.1", file("1")), "same", file("s")),
                "nix-support", directory("x", file(""))));
    StorePath two =
        tree(
            "two",
            Map.of(
                "share", directory("man", directory("b.1", file("2")), "same", file("s")),
                "etc", directory("b", file("2"))));

    StorePath environment = builders.buildEnv("env", List.of(one + "", two + ""), List.of("/"));
    StorePath manuals =
        builders.buildEnv("manuals", List.of(one + "", two + ""), List.of("/share/man", "/lib"));
    StorePath commands = builders.buildEnv("commands", List.of(one + ""), List.of("/bin"));

    assertThat(Listing.of(store.locate(environment)))
        .containsExactly(
            "bin -> " + one + "/bin",
            "etc -> " + two + "/etc",
            "share/",
            "share/man/",
            "share/man/a.1 -> " + one + "/share/man/a.1",
            "share/man/b.1 -> " + two + "/share/man/b.1",
            "share/same -> " + one + "/share/same");
    assertThat(Listing.of(store.locate(manuals)))
        .containsExactly(
            "lib/",
            "share/",
            "share/man/",
            "share/man/a.1 -> " + one + "/share/man/a.1",
            "share/man/b.1 -> " + two + "/share/man/b.1");
    assertThat(Listing.of(store.locate(commands)))
        .containsExactly("bin/", "bin/a -> " + one + "/bin/a");
  }

  @Test
  void environmentsRefuseCollisions() throws IOException {
    StorePath one = tree("one", Map.of("bin", directory("x", file("1"))));
    StorePath two = tree("two", Map.of("bin", directory("x", file("2"))));
    StorePath three = tree("three", Map.of("bin", link(one + "/bin")));

    assertThatThrownBy(() -> builders.buildEnv("env", List.of(one + "", two + ""), List.of("/")))
        .isInstanceOf(ImageException.class)
        .hasMessage("collision between " + two + "/bin/x and " + one + "/bin/x");
    StorePath same = builders.buildEnv("env", List.of(one + "", three + ""), List.of("/"));
    assertThat(Listing.of(store.locate(same))).containsExactly("bin -> " + one + "/bin");
  }

  @Test
  void environmentsDoNotMindWhatTheyDoNotLink() throws IOException {
    StorePath one =
        tree("one", Map.of("bin", directory("x", file("1")), "share", directory("a", file("1"))));
    StorePath two =
        tree("two", Map.of("lib", directory("y", file("2")), "share", directory("a", file("2"))));

    StorePath linked =
        builders.buildEnv("env", List.of(one + "", two + ""), List.of("/bin", "/lib"));

    assertThat(Listing.of(store.locate(linked)))
        .containsExactly(
            "bin/", "bin/x -> " + one + "/bin/x", "lib/", "lib/y -> " + two + "/lib/y");
  }

  @Test
  void linksThatLeadThroughFilesLeadNowhere() throws IOException {
    StorePath one = tree("one", Map.of("f", file("1"), "a", link("f/x"), "b", link("f/../f")));
    StorePath two = tree("two", Map.of("a", link("f/x"), "f", link(one + "/f")));

    StorePath joined = builders.buildEnv("env", List.of(one + ""), List.of("/"));
    assertThat(Listing.of(store.locate(joined)))
        .containsExactly("a -> " + one + "/a", "b -> " + one + "/b", "f -> " + one + "/f");
    assertThatThrownBy(() -> builders.buildEnv("env", List.of(one + "", two + ""), List.of("/")))
        .isInstanceOf(ImageException.class)
        .hasMessage("collision between " + two + "/a and " + one + "/a");
  }

  @Test
  void environmentsHoldWhatPackagesPropagate() throws IOException {
    StorePath tool = tree("tool", Map.of("bin", directory("x", file("2"), "y", file("2"))));
    StorePath user =
        tree(
            "user",
            Map.of(
                "bin", directory("x", file("1")),
                "nix-support", directory("propagated-user-env-packages", file(" " + tool))));

    StorePath environment = builders.buildEnv("env", List.of(user + ""), List.of("/"));

    assertThat(Listing.of(store.locate(environment)))
        .containsExactly("bin/", "bin/x -> " + user + "/bin/x", "bin/y -> " + tool + "/bin/y");
  }

  @Test
  void fakeNssHasTheFilesOfNixpkgs() throws IOException {
    StorePath nss = builders.fakeNss(List.of("me:x:1:1::/:/bin/sh"), List.of());

    assertThat(nss.name()).isEqualTo("fake-nss");
    assertThat(store.closure(Set.of(nss)).paths().stream().map(StorePath::name).sorted().toList())
        .containsExactly("fake-nss", "group", "nsswitch.conf", "passwd");
    assertThat(Listing.of(store.locate(nss)))
        .hasSize(6)
        .contains("var/", "var/empty/")
        .anyMatch(line -> line.matches("etc/group -> /nix/store/.*-group/etc/group"));
    Path passwd = new StoreFiles(store).real(RawName.of(nss + "/etc/passwd")).orElseThrow();
    assertThat(passwd)
        .hasContent(
            """
            root:x:0:0:root user:/var/empty:/bin/sh
            me:x:1:1::/:/bin/sh
            nobody:x:65534:65534:nobody:/var/empty:/bin/sh
            """);
  }

  @Test
  void conveniencesAreLinks() throws IOException {
    NarNode certs = directory("certs", directory("ca-bundle.crt", file("PEM")));
    StorePath bash =
        tree(
            "bash",
            Map.of(
                "bin", directory("bash", link("bash-5"), "env", file("")),
                "etc", directory("ssl", certs)));

    assertThat(Listing.of(store.locate(builders.binSh(bash.toString()))))
        .containsExactly("bin/", "bin/sh -> " + bash + "/bin/bash");
    assertThat(Listing.of(store.locate(builders.usrBinEnv(bash.toString()))))
        .containsExactly("usr/", "usr/bin/", "usr/bin/env -> " + bash + "/bin/env");
    String bundle = " -> " + bash + "/etc/ssl/certs/ca-bundle.crt";
    assertThat(Listing.of(store.locate(builders.caCertificates(bash.toString()))))
        .containsExactly(
            "etc/",
            "etc/pki/",
            "etc/pki/tls/",
            "etc/pki/tls/certs/",
            "etc/pki/tls/certs/ca-bundle.crt" + bundle,
            "etc/ssl/",
            "etc/ssl/certs/",
            "etc/ssl/certs/ca-bundle.crt" + bundle,
            "etc/ssl/certs/ca-certificates.crt" + bundle);
  }

  @Test
  void conveniencesLinkToSomething() throws IOException {
    StorePath empty = tree("empty", Map.of("bin", directory()));
    StorePath stranger = new StorePath(store.storeDir(), "0".repeat(32) + "-stranger");

    assertThatThrownBy(() -> builders.binSh(empty.toString()))
        .isInstanceOf(ImageException.class)
        .hasMessage(empty + " has no bin/bash");
    assertThatThrownBy(() -> builders.usrBinEnv(empty + "/bin"))
        .isInstanceOf(ImageException.class)
        .hasMessage(empty + "/bin has no bin/env");
    assertThatThrownBy(() -> builders.caCertificates(empty.toString()))
        .isInstanceOf(ImageException.class)
        .hasMessage(empty + " has no etc/ssl/certs/ca-bundle.crt");
    assertThatThrownBy(() -> builders.binSh(stranger.toString()))
        .isInstanceOf(ImageException.class)
        .hasMessage(stranger + " is not valid in the store");
  }

  @Test
  void certificatesOfTheMachineMakeAPackage() throws IOException {
    Path real = Files.writeString(folder.resolve("real.pem"), "PEM");
    Path bundle = Files.createSymbolicLink(folder.resolve("bundle.pem"), real);

    StorePath cacert = builders.cacert(bundle);

    assertThat(cacert.name()).isEqualTo("cacert");
    assertThat(Listing.of(store.locate(cacert)))
        .contains("etc/ssl/certs/ca-bundle.crt: PEM")
        .hasSize(4);
    assertThat(references(builders.caCertificates(cacert.toString()))).containsExactly(cacert);
  }

  @Test
  void rootScriptsFindCoreutils() throws IOException {
    StorePath tool = tree("tool", Map.of());
    builders = new TrivialBuilders(store, store, Set.of(tool));

    StorePath script = builders.shellScript("root.sh", "ls " + tool, tool + "/bin/sh", "" + tool);

    assertThat(Listing.of(store.locate(script)))
        .containsExactly(
            "*: #!" + tool + "/bin/sh⏎set -e⏎export PATH=" + tool + "/bin:/bin⏎ls " + tool + "⏎");
    assertThat(references(script)).containsExactly(tool);
  }

  @Test
  void copiesPackagesOverOneAnother() throws Exception {
    StorePath leaf = builders.writeText("leaf", "");
    StorePath one =
        tree(
            "one",
            Map.of(
                ".hidden", file(""),
                "bin", directory("a", file("1"), "b", file("1"), ".c", file("1")),
                "link", link(leaf.toString()),
                "only", directory("x", file("1"))));
    StorePath two = tree("two", Map.of("bin", directory("b", link("a"), "d", file("2"))));
    StorePath alias = store.addTree("alias", link(two.toString()), Set.of(two));
    builders = new TrivialBuilders(store, store, Set.of(leaf));

    StorePath merged = builders.mergeDrvs(List.of(one + "", alias + ""), TrivialBuildersTest::none);

    assertThat(merged.name()).isEqualTo("merge-drvs");
    assertThat(Listing.of(store.locate(merged)))
        .containsExactly(
            "bin/",
            "bin/.c: 1",
            "bin/a: 1",
            "bin/b -> a",
            "bin/d: 2",
            "link -> " + leaf,
            "only/",
            "only/x: 1");
    assertThat(references(merged)).containsExactly(leaf);
  }

  private static Path none(Path archive) throws IOException {
    throw new IOException("no archive: " + archive);
  }

  @Test
  void copiesWhatArchivesHold() throws Exception {
    StorePath one = tree("one", Map.of("bin", directory("a", file("1"))));
    StorePath archive = builders.writeText("archive", "packed");
    Path unpacked = Files.createDirectory(folder.resolve("unpacked"));
    Files.createDirectory(unpacked.resolve("bin"));
    Files.writeString(unpacked.resolve(".hidden"), "2");
    Files.writeString(unpacked.resolve("bin/a"), "2");

    StorePath merged =
        builders.mergeDrvs(
            List.of(one + "", archive + ""),
            file -> {
              assertThat(file).hasContent("packed");
              return unpacked;
            });

    assertThat(Listing.of(store.locate(merged))).containsExactly(".hidden: 2", "bin/", "bin/a: 2");
  }

  @Test
  void refusesToCopyDirectoriesOverFiles() throws Exception {
    StorePath one = tree("one", Map.of("x", file("1")));
    StorePath two = tree("two", Map.of("x", directory()));
    StorePath astray = tree("astray", Map.of("x", link("nowhere")));

    assertThatThrownBy(
            () -> builders.mergeDrvs(List.of(one + "", two + ""), TrivialBuildersTest::none))
        .isInstanceOf(ImageException.class)
        .hasMessage(
            "cannot copy %s/x over %s/x: only one of them is a directory"
                .formatted(store.locate(two), store.locate(one)));
    assertThatThrownBy(() -> builders.mergeDrvs(List.of(astray + "/x"), TrivialBuildersTest::none))
        .isInstanceOf(ImageException.class)
        .hasMessage("cannot merge " + astray + "/x: it leads nowhere");
  }

  @Test
  void onlyNamesPackages() throws Exception {
    StorePath one = tree("one", Map.of());
    StorePath two = tree("two", Map.of("x", file("")));

    StorePath names = builders.onlyDeps(List.of(two + "", one + ""));

    assertThat(names.name()).isEqualTo("merge-drvs");
    assertThat(store.locate(names)).hasContent(two + " " + one + "\n");
    assertThat(references(names)).containsExactlyInAnyOrder(one, two);
    assertThat(names).isEqualTo(builders.writeText("merge-drvs", two + " " + one + "\n"));
  }

  private Set<StorePath> references(StorePath path) throws IOException {
    return store.query(path).orElseThrow().references();
  }

  private StorePath tree(String name, Map<String, NarNode> entries) throws IOException {
    NarNode tree = NarNode.Directory.of(entries);
    ReferenceScanner none = new ReferenceScanner(Set.of());
    Nar.hash(tree, none);
    return store.addTree(name, tree, none.found());
  }

  private static NarNode directory(Object... namesAndNodes) {
    SortedMap<RawName, NarNode> entries = new TreeMap<>();
    for (int i = 0; i < namesAndNodes.length; i += 2) {
      entries.put(RawName.of((String) namesAndNodes[i]), (NarNode) namesAndNodes[i + 1]);
    }
    return new NarNode.Directory(entries);
  }

  private static NarNode file(String text) {
    return NarNode.Regular.of(text, false);
  }

  private static NarNode link(String target) {
    return NarNode.Symlink.to(target);
  }
}
