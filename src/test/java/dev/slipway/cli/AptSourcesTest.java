package dev.slipway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AptSourcesTest {
  @TempDir private Path folder;

  private void write(String file, String text) throws IOException {
    Path path = folder.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text);
  }

  private static AptSources.Found found(String main, String security) {
    return new AptSources.Found(URI.create(main), URI.create(security));
  }

  @Test
  void readsLines() throws IOException {
    write(
        "sources.list",
        """
        # deb http://old.example/debian bookworm main
        deb [arch=amd64] http://mirror.example/root/debian/ bookworm main
        deb http://mirror.example/root/debian-security bookworm-security main
        """);

    assertThat(AptSources.mirror(folder))
        .hasValue(found("http://mirror.example/root", "http://mirror.example/root"));
  }

  @Test
  void readsParagraphs() throws IOException {
    write(
        "sources.list.d/debian.sources",
        """
        Types: deb
        URIs: https://elsewhere.example/debian https://mirror.example/debian
        Suites: bookworm

        Types: deb
        # URIs: https://elsewhere.example/debian-security
        URIs: https://mirror.example/debian-security
        """);
    write("sources.list.d/other.list", "deb https://third.example/apt stable main\n");

    assertThat(AptSources.mirror(folder))
        .hasValue(found("https://mirror.example", "https://mirror.example"));
  }

  @Test
  void takesSecurityUpdatesFromElsewhereAsDebianInstallsItself() throws IOException {
    write(
        "sources.list",
        """
        deb http://mirror.example/debian bookworm main
        deb http://security.example/debian-security bookworm-security main
        """);

    assertThat(AptSources.mirror(folder))
        .hasValue(found("http://mirror.example", "http://security.example"));
  }

  @Test
  void knowsNoneWhereOneArchiveIsMissing() throws IOException {
    write("sources.list", "deb http://mirror.example/debian bookworm main\n");

    assertThat(AptSources.mirror(folder)).isEmpty();
  }

  @Test
  void knowsNoneWhereThereIsNoApt() throws IOException {
    assertThat(AptSources.mirror(folder.resolve("none"))).isEmpty();
  }
}
