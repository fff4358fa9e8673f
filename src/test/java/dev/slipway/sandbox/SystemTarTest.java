package dev.slipway.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.files.RawName;
import dev.slipway.layer.TarDialect;
import dev.slipway.layer.TarHeader;
import dev.slipway.layer.TarWriter;
import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class SystemTarTest {
  @TempDir private Path folder;

  private void unpack(TarSource source) throws Exception {
    SystemTar.unpack(source, folder);
  }

  @Test
  @Timeout(120)
  void unpacksHoweverMuchTarHasToSay() throws Exception {
    int files = 3000;
    RawName none = RawName.of("");
    long future = 32_503_680_000L; // GNU tar remarks on each file of the year 3000.
    unpack(out -> {
      TarWriter tar = new TarWriter(out, TarDialect.GNU_NUMERIC);
      for (int i = 0; i < files; i++) {
        RawName name = RawName.of("./a-file-with-a-name-of-some-length-" + i);
        tar.header(
            new TarHeader(
                TarHeader.Type.REGULAR, name, 0640, 0, 0, none, none, 0, future, none, 0, 0));
      }
      tar.finish();
    });
    assertThat(folder.toFile().list()).hasSize(files);
  }

  @Test
  void saysWhyTarGaveUp() {
    assertThatThrownBy(() ->
            unpack(out -> {
              for (int i = 0; i < 64; i++) {
                ByteBuffer nonsense = ByteBuffer.allocate(1 << 16);
                while (nonsense.hasRemaining()) {
                  nonsense.put((byte) 'x');
                }
                out.write(nonsense.flip());
              }
            }))
        .isInstanceOf(ImageException.class)
        .hasMessageStartingWith("tar could not make the files of a layer in " + folder + ": tar: ");
  }

  @Test
  void letsTheFaultOfASourceThrough() {
    IOException fault = new IOException("no source");
    assertThatThrownBy(() ->
            unpack(_ -> {
              throw fault;
            }))
        .isSameAs(fault);
  }
}
