package dev.slipway.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.files.RawName;
import dev.slipway.oci.Digest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreLayerTest {
  private static final StoreLayer.Owner OWNER =
      new StoreLayer.Owner(1000, 100, RawName.of("user"), RawName.of("users"));

  @TempDir Path dir;

  @Test
  void whatIsMeasuredIsWhatIsWritten() throws Exception {
    Files.createDirectories(dir.resolve("p/lib"));
    Files.writeString(dir.resolve("p/lib/small"), "content");
    Files.write(dir.resolve("p/large"), new byte[300_000]);
    Files.createSymbolicLink(dir.resolve("p/link"), Path.of("lib/small"));
    Layer layer = Layers.measure(layer(dir.resolve("p")));

    byte[] tar = Layers.write(layer);

    assertThat(Digest.of(tar)).isEqualTo(layer.diffId().value());
    assertThat((long) tar.length).isEqualTo(layer.tar().size());
    assertThat(tar.length % 10240).isZero();
  }

  @Test
  void aFileThatChangedSinceIsNamed() throws Exception {
    Path file = Files.write(dir.resolve("file"), new byte[300_000]);
    Layer layer = Layers.measure(layer(file));
    Files.setLastModifiedTime(file, FileTime.fromMillis(1));

    assertThatThrownBy(() -> Layers.write(layer))
        .isInstanceOf(FileChangedException.class)
        .hasMessage(file + " changed while the layer was made");
  }

  @Test
  void theKeyDependsOnEveryArgument() {
    Digest hash = Digest.of(new byte[] {1});
    StoreLayer layer = layer(dir);
    Digest key = layer.cacheKey(List.of(hash));

    assertThat(layer(dir.resolve("elsewhere")).cacheKey(List.of(hash))).isEqualTo(key);
    assertThat(layer.cacheKey(List.of(Digest.of(new byte[] {2})))).isNotEqualTo(key);
    assertThat(new StoreLayer("/s", layer.roots(), OWNER, 1).cacheKey(List.of(hash)))
        .isNotEqualTo(key);
    assertThat(new StoreLayer("/nix/store", layer.roots(), OWNER, 2).cacheKey(List.of(hash)))
        .isNotEqualTo(key);
    assertThat(
            new StoreLayer("/nix/store", layer.roots(), StoreLayer.Owner.ROOT, 1)
                .cacheKey(List.of(hash)))
        .isNotEqualTo(key);
    assertThatThrownBy(() -> layer.cacheKey(List.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static StoreLayer layer(Path file) {
    return new StoreLayer(
        "/nix/store", List.of(new StoreLayer.Root("/nix/store/x-p", file)), OWNER, 1);
  }
}
