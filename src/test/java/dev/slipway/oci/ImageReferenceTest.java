package dev.slipway.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageReferenceTest {
  private static final String HEX = "0123456789abcdef".repeat(4);

  @ParameterizedTest
  @CsvSource({
    "nginx, docker.io/library/nginx, nginx",
    "nginx:1.25, docker.io/library/nginx:1.25, nginx:1.25",
    "docker.io/nginx, docker.io/library/nginx, nginx",
    "index.docker.io/nginx, docker.io/library/nginx, nginx",
    "library/nginx, docker.io/library/nginx, nginx",
    "docker.io/library/library, docker.io/library/library, library",
    "bitnami/redis:7, docker.io/bitnami/redis:7, bitnami/redis:7",
    "library/a/b, docker.io/library/a/b, library/a/b",
    "localhost/a, localhost/a, localhost/a",
    "localhost:5000/a:b, localhost:5000/a:b, localhost:5000/a:b",
    "example.com/a/b/c:T_1.2-3, example.com/a/b/c:T_1.2-3, example.com/a/b/c:T_1.2-3",
    "Upper/a, Upper/a, Upper/a",
    "[::1]:5000/a, [::1]:5000/a, [::1]:5000/a",
    "host:80/a__b/c-d--e.f_g, host:80/a__b/c-d--e.f_g, host:80/a__b/c-d--e.f_g",
  })
  void readsNamesAsDockerDoes(String text, String canonical, String familiar)
      throws ImageException {
    ImageReference reference = ImageReference.parse(text);
    assertThat(reference).hasToString(canonical);
    assertThat(reference.familiar()).isEqualTo(familiar);
    assertThat(ImageReference.parse(familiar)).isEqualTo(reference);
    assertThat(ImageReference.parse(canonical)).isEqualTo(reference);
  }

  @Test
  void readsDigests() throws ImageException {
    ImageReference reference = ImageReference.parse("alpine:3@sha256:" + HEX);
    assertThat(reference.tag()).contains("3");
    assertThat(reference.digest()).contains(new Digest(HEX));
    assertThat(reference.version()).isEqualTo("sha256:" + HEX);
    assertThat(reference).hasToString("docker.io/library/alpine:3@sha256:" + HEX);
  }

  @Test
  void whatHasNeitherTagNorDigestIsTheLatest() throws ImageException {
    assertThat(ImageReference.parse("a/b").version()).isEqualTo("latest");
    assertThat(ImageReference.parse("a/b").tagged()).hasToString("docker.io/a/b:latest");
    assertThat(ImageReference.parse("a/b:c").tagged()).hasToString("docker.io/a/b:c");
    assertThat(ImageReference.parse("a/b:c").pinned(new Digest(HEX)).tagged())
        .hasToString("docker.io/a/b@sha256:" + HEX);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ":tag",
        "a:",
        "a:t/b",
        "a@sha256:123",
        "a@sha512:00",
        "a@",
        "docker://a",
        "UPPER",
        "a/UPPER",
        "a//b",
        "a/",
        "/a",
        "example.com/",
        "example.com:/a",
        "example.com:port/a",
        "-example.com/a",
        "example-.com/a",
        "a..b",
        "a___b",
        "a-",
        "-a",
        "a b",
        "a:-tag",
        "a\nb",
        "é",
      })
  void refusesWhatIsNone(String text) {
    assertThatThrownBy(() -> ImageReference.parse(text))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("expected")
        .message()
        .doesNotContain("\n");
  }

  @Test
  void refusesAnIdentifierAndWhatIsTooLong() {
    assertThatThrownBy(() -> ImageReference.parse(HEX))
        .hasMessage("'" + HEX + "': expected the name of an image, found an identifier");
    assertThatThrownBy(() -> ImageReference.parse("a/" + "b".repeat(250)))
        .hasMessageContaining("at most 255 characters");
    assertThatThrownBy(() -> ImageReference.parse("a:" + "b".repeat(129)))
        .hasMessageContaining("at most 128");
  }

  @Test
  void longNamesAreRefusedAtOnce() {
    assertThatThrownBy(() -> ImageReference.parse("a-".repeat(100_000) + "!/b"))
        .isInstanceOf(ImageException.class);
    assertThatThrownBy(() -> ImageReference.parse("a.a/" + "a.".repeat(100_000) + "!"))
        .isInstanceOf(ImageException.class);
  }
}
