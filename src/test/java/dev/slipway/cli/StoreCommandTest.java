package dev.slipway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreCommandTest {
  @TempDir Path folder;

  private Run store(String... arguments) {
    List<String> all = new ArrayList<>(List.of("store"));
    all.addAll(List.of(arguments));
    all.addAll(List.of("--store", "embedded"));
    return Run.with(
        Map.of("XDG_DATA_HOME", folder.resolve("data").toString()), all.toArray(String[]::new));
  }

  private Path located(String storePath) {
    return folder.resolve("data/slipway" + storePath);
  }

  @Test
  void addsUnderThePathThatNixGives() throws Exception {
    Path source = Files.writeString(folder.resolve("hello"), "hello\n");
    Run added = store("add", source.toString());
    assertThat(added.err()).isEmpty();
    // What nix-store --add prints for such a file.
    assertThat(added.out()).isEqualTo("/nix/store/gwina1sjk7g95wq6fxc6b7s1hza53h74-hello\n");
  }

  @Test
  void findsDamage() throws Exception {
    Path source = Files.writeString(folder.resolve("hello"), "hello\n");
    String path = store("add", source.toString()).out().strip();
    assertThat(store("closure", path).out()).isEqualTo(path + "\n");
    assertThat(store("closure", path + "/inside", "--json").out())
        .contains("\"path\": \"" + path + "\"", "\"narSize\": 120", "\"references\": []");
    Run sound = store("verify");
    assertThat(sound.status()).isZero();
    assertThat(sound.out()).isEmpty();

    Files.setPosixFilePermissions(located(path), PosixFilePermissions.fromString("rw-r--r--"));
    Files.writeString(located(path), "hullo\n");
    Run damaged = store("verify");
    assertThat(damaged.status()).isEqualTo(1);
    assertThat(damaged.out()).startsWith(path + " ");
    assertThat(damaged.err()).isEqualTo("slipway: 1 path is damaged\n");

    Run collected = store("gc");
    assertThat(collected.out()).isEqualTo(path + "\n");
    assertThat(collected.err()).startsWith("deleted 1 path, ");
    assertThat(located(path)).doesNotExist();
    assertThat(store("gc", "--json", "--quiet"))
        .satisfies(run -> assertThat(run.err()).isEmpty())
        .satisfies(run -> assertThat(run.out()).contains("\"paths\": []"));
  }

  @Test
  void followsLinksUpToTheStore() throws Exception {
    Path source = Files.writeString(folder.resolve("hello"), "hello\n");
    String path = store("add", source.toString()).out().strip();
    Path result = Files.createSymbolicLink(folder.resolve("result"), Path.of(path));
    Path folderLink = Files.createSymbolicLink(folder.resolve("here"), Path.of("."));
    Path indirect =
        Files.createSymbolicLink(
            folder.resolve("indirect"),
            Path.of("here/../%s".formatted(folder.getFileName() + "/result")));

    assertThat(store("closure", result.toString()).out()).isEqualTo(path + "\n");
    assertThat(store("closure", result + "/bin/hello").out()).isEqualTo(path + "\n");
    assertThat(store("closure", indirect.toString()).out()).isEqualTo(path + "\n");
    assertThat(store("closure", folderLink + "/result").out()).isEqualTo(path + "\n");

    assertThat(store("closure", source.toString()).err())
        .isEqualTo(
            "slipway: '%s' is not a store path: it is not in /nix/store\n"
                .formatted(source.toRealPath()));
    Path missing = folder.resolve("missing");
    assertThat(store("closure", missing.toString()).err())
        .isEqualTo("slipway: " + missing + ": no such file or directory\n");
    Path loop = Files.createSymbolicLink(folder.resolve("loop"), Path.of("loop"));
    assertThat(store("closure", loop.toString()))
        .satisfies(run -> assertThat(run.status()).isEqualTo(1))
        .satisfies(run -> assertThat(run.err()).contains(loop.toString()).hasLineCount(1));
  }

  @Test
  void keepsStoreDirectoriesApart() throws Exception {
    Path source = Files.writeString(folder.resolve("hello"), "hello\n");
    String path = store("add", source.toString()).out().strip();
    Run other = store("add", source.toString(), "--store-dir", "/gnu/store");
    assertThat(other.status()).isEqualTo(1);
    assertThat(other.err())
        .endsWith(
            "db.sqlite is of another store directory than /gnu/store: it holds " + path + "\n");
    assertThat(store("verify").err()).isEmpty();
    assertThat(located(path)).exists();
  }

  @Test
  void refusesWhatItCannotDo() {
    assertThat(store("ad", "x").err())
        .isEqualTo("slipway: no command 'store ad'; the nearest known one is 'add'\n");
    assertThat(store("add").err())
        .isEqualTo("slipway: slipway store add needs one PATH, found 0\n");
    assertThat(store("gc", "x").err())
        .isEqualTo("slipway: slipway store gc takes no argument, found 'x'\n");
    assertThat(store("add", folder.resolve("none").toString()).err())
        .isEqualTo("slipway: " + folder.resolve("none") + ": no such file or directory\n");
    String missing = "/nix/store/00000000000000000000000000000000-none";
    Run run = store("closure", missing);
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.err()).contains(missing).hasLineCount(1);
    assertThat(Run.of("store", "verify", "--store", "lokal").err())
        .isEqualTo(
            "slipway: --store: unknown store 'lokal'; expected auto, local, local?root=DIR,"
                + " embedded, https://HOST/PATH, http://HOST/PATH or file:///PATH\n");
    assertThat(Run.of("store", "gc", "--store", "https://user:secret@x.example").err())
        .isEqualTo(
            "slipway: slipway store gc works on stores of this machine; https://x.example is a"
                + " binary cache\n");
    assertThat(Run.of("store", "verify", "--store", "auto", "--store", "embedded").err())
        .isEqualTo("slipway: slipway store verify works on one store, found 2\n");
    assertThat(Run.of("store", "closure", missing, "--keep-fetched").err())
        .isEqualTo("slipway: --keep-fetched is for binary caches, and --store names none\n");
    assertThat(Run.of("store", "verify", "--store-dir", "nix/").status()).isEqualTo(2);
  }
}
