package dev.slipway.debian;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.oci.Digest;
import dev.slipway.oci.ImageException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Lock files as {@code slipway lock} writes them, and as people leave them. */
class LockFileTest {
  private static final DebianRequest REQUEST =
      new DebianRequest(List.of("a"), "bookworm", List.of("main"), "amd64");

  static LockFile some() {
    TreeMap<String, List<LockedPackages>> paths = new TreeMap<>();
    paths.put(
        "server",
        List.of(
            new LockedPackages(
                REQUEST,
                List.of(
                    new LockedPackage(
                        "a",
                        "1:1.0~rc1-1",
                        "debian/pool/a_1.0~rc1-1.deb",
                        5,
                        hash("a"),
                        List.of("b")),
                    new LockedPackage("b", "2", "debian/pool/b+c.deb", 6, hash("b"), List.of())))));
    return new LockFile(paths);
  }

  private static Digest hash(String text) {
    return Digest.of(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void isReadAsItWasWritten() throws ImageException {
    LockFile read = LockFile.parse(some().bytes(), "x.lock");

    assertThat(read).isEqualTo(some());
    assertThat(read.find("server", REQUEST)).isPresent();
    assertThat(read.find("other", REQUEST)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "'\"name\": \"b\"', '\"name\": \"a\"', 'server[0]: a is locked twice'",
    "'\"name\": \"b\"', '\"name\": \"B/\"', 'locked[1]: ''B/'' cannot be the name'",
    "'\"name\": \"b\"', '\"nome\": \"b\"', 'locked[1]: nome: there is no such key'",
    "'\"suite\"', '\"suit\"', 'server[0]: suit: there is no such key'",
    "'\"debian\"', '\"other\": 1, \"debian\"', 'x.lock: other: there is no such key'",
    "'\"version\": \"2\"', '\"version\": \"2 3\"', 'locked[1]: ''2 3'' is no version'",
    "'debian/pool/b', '../pool/b', 'locked[1]: ''../pool/b+c.deb'' is no path'",
    "'debian/pool/b', '/etc/b', 'locked[1]: ''/etc/b+c.deb'' is no path'",
    "'debian/pool/b', 'debian//b', 'is no path below a mirror''s root'",
    "'debian/pool/b', 'debian/\\u000ab', 'is no path below a mirror''s root'",
    "'\"size\": 6', '\"size\": -6', 'locked[1]: size: expected a whole number'",
    "'\"size\": 6', '\"size\": 1e99', 'locked[1]: size: expected a whole number'",
    "'\"sha256\": \"3e', '\"sha256\": \"e', 'locked[1]: sha256: expected 64 hex digits'",
    "'\"depends\": []', '\"depends\": {}', 'locked[1]: depends: expected a list'",
    "'\"version\": 1', '\"version\": 3', 'x.lock: expected version 1, found 3'",
  })
  void whatIsWrongInItIsNamed(String text, String replacement, String message) {
    String document = new String(some().bytes(), StandardCharsets.UTF_8);
    assertThat(document).contains(text);
    byte[] changed = document.replace(text, replacement).getBytes(StandardCharsets.UTF_8);

    assertThatThrownBy(() -> LockFile.parse(changed, "x.lock"))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining(message);
  }
}
