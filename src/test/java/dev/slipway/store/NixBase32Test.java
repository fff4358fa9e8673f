package dev.slipway.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.HexFormat;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

class NixBase32Test {
  private static final String HEX =
      "19bceded00571d972cbfb42a74275b256733d91ed275c1f9415295cc18ee89eb";
  private static final String DIGITS = "1sw9xqccr5aj87ww2xfj3vck6rr5bckp8amlpwn9f7ap03nyvg0r";

  @Test
  void encodesAndDecodesWhatNixPrints() {
    byte[] bytes = HexFormat.of().parseHex(HEX);

    assertThat(NixBase32.encode(bytes)).isEqualTo(DIGITS);
    assertThat(NixBase32.decode(DIGITS, 32)).isEqualTo(bytes);
  }

  @Test
  void decodesWhatItEncodes() {
    long seed = 20260101;
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    for (int round = 0; round < 2000; round++) {
      byte[] bytes = new byte[random.nextInt(70)];
      random.nextBytes(bytes);

      String digits = NixBase32.encode(bytes);

      assertThat(digits).hasSize(NixBase32.encodedLength(bytes.length)).doesNotContain("e", "u");
      assertThat(NixBase32.decode(digits, bytes.length))
          .as("seed %d round %d", seed, round)
          .isEqualTo(bytes);
    }
  }

  @Test
  void refusesWhatIsNoHash() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> NixBase32.decode(DIGITS.substring(1), 32))
        .withMessageContaining("is not 52 base-32 digits");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> NixBase32.decode(DIGITS.replace('9', 'e'), 32))
        .withMessageContaining("'e'");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> NixBase32.decode(DIGITS.replace('9', 'ä'), 32))
        .withMessageContaining("'ä'");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> NixBase32.decode("z" + DIGITS.substring(1), 32))
        .withMessageContaining("too large");
  }

  @Test
  void compressesByExclusiveOr() {
    assertThat(NixBase32.compress(new byte[] {1, 2, 4, 8, 16}, 2)).containsExactly(21, 10);
  }
}
