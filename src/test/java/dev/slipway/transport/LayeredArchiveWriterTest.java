package dev.slipway.transport;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.layer.Blob;
import dev.slipway.layer.Layer;
import dev.slipway.layer.RawTar;
import dev.slipway.layer.TarHeader;
import dev.slipway.layer.TarMember;
import dev.slipway.layer.TarReader;
import dev.slipway.oci.Digest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LayeredArchiveWriterTest {
  private static final byte[] BASE = ArchiveSketch.layer("base");
  private static final byte[] STORE = ArchiveSketch.layer("store");
  private static final byte[] TOP = ArchiveSketch.layer("top");
  private static final byte[] CONFIG = "{}".getBytes(UTF_8);

  @TempDir Path folder;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final LayeredArchiveWriter writer =
      new LayeredArchiveWriter(Channels.newChannel(out), 315532800);

  private static String hex(byte[] bytes) {
    return Digest.of(bytes).hex();
  }

  private static String list(byte[] archive) throws IOException {
    StringBuilder lines = new StringBuilder();
    TarReader reader = new TarReader(new ByteArrayInputStream(archive), "out.tar");
    for (TarMember member = reader.next(); member != null; member = reader.next()) {
      TarHeader header = member.header();
      lines.append(
          "%s %o %d:%d '%s':'%s' %d %d %s%s%n"
              .formatted(
                  header.type().flag(),
                  header.mode(),
                  header.uid(),
                  header.gid(),
                  header.userName(),
                  header.groupName(),
                  header.mtime(),
                  header.size(),
                  header.name(),
                  header.linkName().length() == 0 ? "" : " -> " + header.linkName()));
    }
    return lines.toString();
  }

  private void addBase(byte[] archive) throws IOException {
    Path file = Files.write(folder.resolve("base.tar"), archive);
    try (DockerArchive opened = DockerArchive.open(file, folder)) {
      for (ArchivedLayer layer : opened.first().layers()) {
        writer.baseLayer(layer);
      }
    }
  }

  @Test
  void writesLayersConfigAndManifest() throws IOException {
    assertThat(writer.storeLayer(BytesBlob.layer(STORE))).isEqualTo(hex(STORE) + "/layer.tar");
    assertThat(writer.storeLayer(BytesBlob.layer(STORE))).isEqualTo(hex(STORE) + "/layer.tar");
    assertThat(writer.customisationLayer(BytesBlob.layer(TOP))).isEqualTo(hex(TOP) + "/layer.tar");
    writer.finish(CONFIG, "some/name:tag");
    String manifest =
        """
        [
            {
                "Config": "%s.json",
                "RepoTags": [
                    "some/name:tag"
                ],
                "Layers": [
                    "%s/layer.tar",
                    "%s/layer.tar",
                    "%s/layer.tar"
                ]
            }
        ]\
        """
            .formatted(hex(CONFIG), hex(STORE), hex(STORE), hex(TOP));
    assertThat(list(out.toByteArray()))
        .isEqualTo(
            """
            0 644 0:0 '':'' 315532800 2048 %s/layer.tar
            0 644 0:0 '':'' 315532800 2048 %s/layer.tar
            0 444 0:0 'root':'root' 315532800 2048 %s/layer.tar
            0 644 0:0 '':'' 315532800 2 %s.json
            0 644 0:0 '':'' 315532800 %d manifest.json
            """
                .formatted(hex(STORE), hex(STORE), hex(TOP), hex(CONFIG), manifest.length()));
    assertThat(out.toString(UTF_8)).contains(manifest);
    assertThat(out.size()).isEqualTo(20480);
    assertThat(hex(out.toByteArray()))
        .isEqualTo("ac2b34d286291691323da9bc52d015cd19667f72a264d2d260f20275ac64312c");
  }

  @Test
  void rewritesCompressedLayers() throws IOException {
    ByteArrayOutputStream compressed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(compressed)) {
      gzip.write(BASE);
    }
    ArchiveSketch sketch = new ArchiveSketch().listed("l.tar.gz", BASE);
    sketch.tar().file("l.tar.gz", compressed.toByteArray());
    addBase(sketch.end());
    writer.finish(CONFIG, "a:b");
    assertThat(list(out.toByteArray()))
        .startsWith("0 644 0:0 '':'' 315532800 2048 " + hex(BASE) + "/layer.tar\n");
  }

  @Test
  void rewritesDocker25Archives() throws IOException {
    ArchiveSketch sketch =
        new ArchiveSketch(new RawTar().file("oci-layout", "{}").file("index.json", "{}"))
            .layer("blobs/sha256/" + hex(BASE), BASE);
    addBase(sketch.end());
    writer.finish(CONFIG, "a:b");
    assertThat(list(out.toByteArray()))
        .startsWith("0 644 0:0 '':'' 315532800 2048 " + hex(BASE) + "/layer.tar\n");
  }

  @Test
  void keepsLinksOnlyToWhatIsWritten() throws IOException {
    ArchiveSketch sketch = new ArchiveSketch();
    sketch.tar().file("unlisted.tar", BASE).text(108, 8, "0000007");
    sketch.listed("a/layer.tar", BASE).tar().link('2', "a/layer.tar", "../unlisted.tar");
    sketch.listed("b/layer.tar", BASE).tar().link('2', "b/layer.tar", "../a/layer.tar");
    sketch.layer("c/layer.tar", BASE);
    sketch.listed("d/layer.tar", BASE).tar().link('1', "d/layer.tar", "./c/layer.tar");
    addBase(sketch.end());
    writer.finish(CONFIG, "a:b");
    assertThat(list(out.toByteArray()))
        .startsWith(
            """
            0 644 7:0 '':'' 0 2048 a/layer.tar
            0 644 7:0 '':'' 0 2048 b/layer.tar
            0 644 0:0 '':'' 0 2048 c/layer.tar
            1 644 0:0 '':'' 0 0 d/layer.tar -> ./c/layer.tar
            """);
  }

  @Test
  void namesMembersAsTheManifestDoes() throws IOException {
    ArchiveSketch sketch = new ArchiveSketch().listed("a/layer.tar", BASE);
    sketch.tar().pax("path", "./a//layer.tar", "comment", "kept").file("x", BASE);
    addBase(sketch.end());
    writer.finish(CONFIG, "a:b");
    TarReader reader = new TarReader(new ByteArrayInputStream(out.toByteArray()), "out.tar");
    TarMember member = Objects.requireNonNull(reader.next());
    assertThat(member.header().name().toString()).isEqualTo("a/layer.tar");
    assertThat(member.paxRecords().keySet()).containsExactly("comment");
  }

  @Test
  void layersMayBeLargerThanTheField() throws IOException {
    long size = (1L << 33) + 1;
    Blob large =
        new Blob() {
          @Override
          public Digest digest() {
            return Digest.of(CONFIG);
          }

          @Override
          public long size() {
            return size;
          }

          @Override
          public void writeTo(WritableByteChannel target) throws IOException {
            // Only the headers around it are looked at.
            target.write(ByteBuffer.wrap("LAYER".getBytes(UTF_8)));
          }
        };
    writer.storeLayer(Layer.of(large, 1));
    writer.finish(CONFIG, "a:b");
    byte[] header = out.toByteArray();
    TarReader reader = new TarReader(new ByteArrayInputStream(header), "out.tar");
    TarMember member = Objects.requireNonNull(reader.next());
    assertThat(member.header().size()).isEqualTo(size);
    assertThat(member.paxRecords().keySet()).containsExactly("size");
    assertThat(new String(header, 1536, 5, UTF_8)).isEqualTo("LAYER");
  }
}
