package dev.slipway.layer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import org.junit.jupiter.api.Test;

class NoCompressionTest extends CompressorContract {
  @Override
  Compressor compressor(int threads) {
    return new NoCompression();
  }

  @Test
  void handsOverTheChannelItself() throws IOException {
    var out = Channels.newChannel(new ByteArrayOutputStream());

    new NoCompression().compress(channel -> assertThat(channel).isSameAs(out), out);

    assertThat(new NoCompression().compression()).isEqualTo(Compression.NONE);
  }
}
