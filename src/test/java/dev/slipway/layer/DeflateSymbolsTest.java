package dev.slipway.layer;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DeflateSymbolsTest {
  @Test
  void coversEveryLength() {
    for (int length = 3; length <= 258; length++) {
      int symbol = DeflateSymbols.ofLength(length);
      int above = length - DeflateSymbols.lengthBase(symbol);

      assertThat(symbol).as("length %d", length).isBetween(257, 285);
      assertThat(above)
          .as("length %d", length)
          .isBetween(0, (1 << DeflateSymbols.lengthExtraBits(symbol)) - 1);
    }
  }

  @Test
  void coversEveryDistance() {
    for (int distance = 1; distance <= 32768; distance++) {
      int symbol = DeflateSymbols.ofDistance(distance);
      int above = distance - DeflateSymbols.distanceBase(symbol);

      assertThat(symbol).as("distance %d", distance).isBetween(0, 29);
      assertThat(above)
          .as("distance %d", distance)
          .isBetween(0, (1 << DeflateSymbols.distanceExtraBits(symbol)) - 1);
    }
  }

  @Test
  void agreesWithTheTablesOfRfc1951() {
    assertThat(DeflateSymbols.ofLength(10)).isEqualTo(264);
    assertThat(DeflateSymbols.ofLength(257)).isEqualTo(284);
    assertThat(DeflateSymbols.ofLength(258)).isEqualTo(285);
    assertThat(DeflateSymbols.lengthExtraBits(284)).isEqualTo(5);
    assertThat(DeflateSymbols.lengthExtraBits(285)).isZero();
    assertThat(DeflateSymbols.distanceBase(29)).isEqualTo(24577);
    assertThat(DeflateSymbols.distanceExtraBits(29)).isEqualTo(13);
  }
}
