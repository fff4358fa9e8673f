package dev.slipway.build;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.oci.JsonArray;
import dev.slipway.oci.JsonObject;
import dev.slipway.store.NixPeer;
import dev.slipway.store.ReferencesGraph;
import dev.slipway.store.Store;
import dev.slipway.store.StoreLocation;
import dev.slipway.store.StoreSettings;
import dev.slipway.store.Stores;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images of the closures that Debian's Nix writes down are those of its database. */
class ReferencesGraphIT {
  @TempDir private Path folder;
  private NixPeer nix;
  private Path root;
  private Path temporary;
  private String text;
  private Path expected;

  /** Adds {@code text}, which refers to another, and has Nix build its references graph. */
  @BeforeEach
  void makeStore() throws Exception {
    root = Files.createDirectory(folder.resolve("root"));
    temporary = Files.createDirectory(folder.resolve("tmp"));
    nix = new NixPeer(root);
    // Busybox does what the name says that it is called by, which must not be a store object's.
    Path shell = Files.createDirectory(folder.resolve("shell"));
    Files.copy(Path.of("/bin/busybox"), shell.resolve("busybox"));
    String shellPath = nix.store("--add", shell.toString()).lines().getFirst();
    Path expression =
        Files.writeString(
            folder.resolve("graph.nix"),
            """
            let
              leaf = builtins.toFile "leaf" "hello";
              text = builtins.toFile "text" "see ${leaf}";
            in derivation {
              name = "graph";
              system = builtins.currentSystem;
              builder = "${builtins.storePath %s}/busybox";
              args = [ "sh" "-c" "while IFS= read -r line; do echo \\"$line\\"; done < graph > $out" ];
              exportReferencesGraph = [ "graph" text ];
              inherit text;
            }
            """
                .formatted(shellPath));
    NixPeer.Result built = nix.run("nix-build", "--no-out-link", expression.toString());
    assertThat(built.status()).as(built.err()).isZero();
    Path graph = objects().resolve(Path.of(built.lines().getFirst()).getFileName());
    Files.copy(graph, folder.resolve("graph"));
    text =
        Files.readAllLines(graph).stream()
            .filter(line -> line.endsWith("-text"))
            .findFirst()
            .orElseThrow();
    StoreSettings settings =
        StoreSettings.of(folder.resolve("embedded"), InstantSource.fixed(Instant.EPOCH));
    try (Store store = Stores.open(new StoreLocation.Chroot(root), settings)) {
      expected = archive(store, "expected.tar.gz");
    }
  }

  private Path objects() {
    return root.resolve("nix/store");
  }

  private Path archive(Store store, String name) throws IOException, InterruptedException {
    Path archive = folder.resolve(name);
    BuiltImage built =
        new DockerTools(DockerTools.Settings.defaults(store, temporary))
            .buildLayeredImage(
                LayeredImageArguments.named("graph", "amd64")
                    .config(JsonObject.EMPTY.with("Cmd", JsonArray.ofStrings(List.of(text))))
                    .build(),
                archive,
                Progress.NONE);
    assertThat(built.layers()).flatExtracting(BuiltImage.BuiltLayer::paths).hasSize(2);
    return archive;
  }

  private void assertSameImage(Path graph) throws IOException, InterruptedException {
    String storeDir = StoreSettings.DEFAULT_STORE_DIR;
    try (Store store = Stores.of(ReferencesGraph.read(graph, storeDir), storeDir, objects())) {
      assertThat(archive(store, "graph.tar.gz")).hasSameBinaryContentAs(expected);
    }
  }

  @Test
  void readsWhatNixHandsToABuilder() throws Exception {
    assertSameImage(folder.resolve("graph"));
  }

  @Test
  void readsRegistrations() throws Exception {
    String registration = nix.store("--dump-db").out();
    assertSameImage(Files.writeString(folder.resolve("registration"), registration));
  }

  @Test
  void readsJson() throws Exception {
    NixPeer.Result json =
        nix.run(
            "nix",
            "path-info",
            "--extra-experimental-features",
            "nix-command",
            "--json",
            "--recursive",
            text);
    assertThat(json.status()).as(json.err()).isZero();
    assertSameImage(Files.writeString(folder.resolve("graph.json"), json.out()));
  }
}
