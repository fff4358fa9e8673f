package dev.slipway.registry;

import dev.slipway.http.client.Everybody;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/** A certificate for this machine that was signed by nobody else, made once for all tests. */
final class TestCertificate {
  private static final char[] PASSWORD = "changeit".toCharArray();
  private static @Nullable KeyStore store;

  private TestCertificate() {}

  /** What a server shows it with. */
  static SSLContext context() throws IOException {
    try {
      KeyManagerFactory keys =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(store(), PASSWORD);
      SSLContext context = SSLContext.getInstance("TLS");
      TrustManager[] clients = {new Everybody()};
      context.init(keys.getKeyManagers(), clients, new SecureRandom());
      return context;
    } catch (GeneralSecurityException e) {
      throw new IOException(e);
    }
  }

  /** Writes it down as an authority that can be trusted. */
  static void writeTo(Path file) throws IOException {
    try {
      Certificate certificate = store().getCertificate("it");
      Files.writeString(
          file,
          "Something for people.\n-----BEGIN CERTIFICATE-----\n"
              + Base64.getMimeEncoder().encodeToString(certificate.getEncoded())
              + "\n-----END CERTIFICATE-----\n");
    } catch (GeneralSecurityException e) {
      throw new IOException(e);
    }
  }

  /** Writes down its private key. */
  static void writeKeyTo(Path file) throws IOException {
    try {
      Files.writeString(
          file,
          "-----BEGIN PRIVATE KEY-----\n"
              + Base64.getMimeEncoder().encodeToString(store().getKey("it", PASSWORD).getEncoded())
              + "\n-----END PRIVATE KEY-----\n");
    } catch (GeneralSecurityException e) {
      throw new IOException(e);
    }
  }

  private static synchronized KeyStore store() throws IOException, GeneralSecurityException {
    if (store == null) {
      Path folder = Files.createTempDirectory("certificate");
      Path file = folder.resolve("it.p12");
      List<String> command =
          List.of(
              Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
              "-genkeypair",
              "-alias",
              "it",
              "-keyalg",
              "EC",
              "-validity",
              "3650",
              "-dname",
              "CN=it",
              "-ext",
              "san=ip:127.0.0.1,dns:localhost",
              "-ext",
              "bc:c",
              "-storetype",
              "PKCS12",
              "-keystore",
              file.toString(),
              "-storepass",
              new String(PASSWORD));
      Process keytool = new ProcessBuilder(command).inheritIO().start();
      if (keytool.onExit().join().exitValue() != 0) {
        throw new IOException("keytool has failed");
      }
      KeyStore made = KeyStore.getInstance("PKCS12");
      try (InputStream in = Files.newInputStream(file)) {
        made.load(in, PASSWORD);
      }
      Files.delete(file);
      Files.delete(folder);
      store = made;
    }
    return store;
  }
}
