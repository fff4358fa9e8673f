package dev.slipway.oci;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PythonTextTest {
  @Test
  void showsListsOfStrings() {
    assertThat(PythonText.repr(List.of())).isEqualTo("[]");
    assertThat(PythonText.repr(List.of("a", "it's", "\"q\"", "'\"", "\\\n\t\u0001\u00a0\u00e9")))
        .isEqualTo("['a', \"it's\", '\"q\"', '\\'\"', '\\\\\\n\\t\\x01\\xa0\u00e9']");
    assertThat(PythonText.repr("\udc80\u200b\uD83D\uDE00\uDBFF\uDFFF"))
        .isEqualTo("'\\udc80\\u200b\uD83D\uDE00\\U0010ffff'");
  }

  @ParameterizedTest
  @CsvSource({
    "61, a",
    "c3a9, \u00e9",
    "80, \udc80",
    "61c3, a\udcc3",
    "c3a980, \u00e9\udc80",
    "c080, \udcc0\udc80",
    "eda080, \udced\udca0\udc80",
    "f09f9880, \uD83D\uDE00",
    "f09f98, \udcf0\udc9f\udc98",
    "f4908080, \udcf4\udc90\udc80\udc80",
    "efbfbd80, \ufffd\udc80",
  })
  void readsNamesAsPythonDoes(String hex, String expected) {
    assertThat(PythonText.decode(HexFormat.of().parseHex(hex))).isEqualTo(expected);
  }
}
