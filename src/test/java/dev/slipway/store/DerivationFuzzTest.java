package dev.slipway.store;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.slipway.oci.ImageException;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

class DerivationFuzzTest {
  static Stream<byte[]> seeds() {
    return Stream.of("", "Derive([],[],[],\"\",\"\",[],[])", DerivationTest.TEXT)
        .map(text -> text.getBytes(StandardCharsets.UTF_8));
  }

  @MethodSource("seeds")
  @FuzzTest
  void readsWhatItWouldWriteOrRefuses(byte[] text) {
    try {
      Derivation derivation = Derivation.parse(text, "x.drv", "/nix/store");
      assertThat(derivation.unparse().getBytes(StandardCharsets.UTF_8)).isEqualTo(text);
    } catch (ImageException e) {
      assertThat(e).message().startsWith("x.drv").doesNotContain("\n");
    }
  }
}
