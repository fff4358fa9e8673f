package dev.slipway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import org.junit.jupiter.api.Test;

class FailuresTest {
  @Test
  void areOneLineThatNamesTheCulprit() {
    assertThat(Failures.describe(new NoSuchFileException("a")))
        .isEqualTo("a: no such file or directory");
    assertThat(Failures.describe(new AccessDeniedException("a"))).isEqualTo("a: permission denied");
    assertThat(Failures.describe(new FileSystemException("a", null, "Too many links")))
        .isEqualTo("a: Too many links");
    assertThat(Failures.describe(new UncheckedIOException(new NoSuchFileException("a"))))
        .isEqualTo("a: no such file or directory");
    assertThat(Failures.describe(new IOException("a\nb\u001b[0m"))).isEqualTo("a\\nb\\u001b[0m");
    assertThat(Failures.describe(new InvalidPathException("a\0", "Nul character not allowed")))
        .isEqualTo("'a\\u0000': not a path: Nul character not allowed");
    assertThat(Failures.describe(new IOException())).isEqualTo("IOException");
    assertThat(Failures.describe(new IOException("Broken pipe")))
        .isEqualTo("standard output was closed before everything was written");
    assertThat(Failures.describe(new IllegalStateException("x")))
        .isEqualTo(
            "internal error, please report it with what --verbose shows: IllegalStateException: x");
  }

  @Test
  void haveAStatus() {
    assertThat(Failures.status(new UsageException("x"))).isEqualTo(2);
    assertThat(Failures.status(new ImageException("x"))).isEqualTo(1);
    assertThat(Failures.status(new IllegalStateException("x"))).isEqualTo(1);
  }
}
