package dev.slipway.http.client;

import dev.slipway.http.HttpSettings;
import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/**
 * Whose word is taken for who a server is, and what it is shown to prove who asks, in files as
 * docker and podman have them (containers-certs.d(5)): {@code *.crt} are certificates of
 * authorities, {@code NAME.cert} and {@code NAME.key} a certificate of one's own with its key.
 */
final class Trust {
  private static final String CERTIFICATE = ".cert";
  private static final String KEY = ".key";
  private static final char[] NO_PASSWORD = new char[0];

  private final HttpSettings settings;
  private final List<Path> authorities = new ArrayList<>();
  private final List<Path> identities = new ArrayList<>();

  /**
   * What is said of one server.
   *
   * @throws ImageException if a certificate lacks its key, or the other way round
   * @throws IOException if the folders cannot be listed
   */
  Trust(HttpSettings settings, String domain) throws IOException {
    this.settings = settings;
    for (Path folder : settings.certificateFolders()) {
      Path files = folder.resolve(domain);
      if (Files.isDirectory(files)) {
        try (DirectoryStream<Path> found = Files.newDirectoryStream(files)) {
          for (Path file : found) {
            add(file);
          }
        }
      }
    }
  }

  private void add(Path file) throws ImageException {
    String name = file.getFileName().toString();
    if (name.endsWith(".crt")) {
      authorities.add(file);
    } else if (name.endsWith(CERTIFICATE)) {
      refuseWithout(file, other(file, CERTIFICATE, KEY));
      identities.add(file);
    } else if (name.endsWith(KEY)) {
      refuseWithout(file, other(file, KEY, CERTIFICATE));
    }
  }

  private static Path other(Path file, String suffix, String otherSuffix) {
    String name = file.getFileName().toString();
    return file.resolveSibling(name.substring(0, name.length() - suffix.length()) + otherSuffix);
  }

  private static void refuseWithout(Path file, Path needed) throws ImageException {
    if (!Files.exists(needed)) {
      throw new ImageException("%s: expected %s beside it".formatted(file, needed.getFileName()));
    }
  }

  /** Whether anything is said of this server that is not said of all. */
  boolean isOwn() {
    return !authorities.isEmpty() || !identities.isEmpty();
  }

  /**
   * What connections are made with.
   *
   * @param identified whether to prove who asks, if asked to
   * @throws IOException if a file cannot be read, or is not what it should be
   */
  SSLContext context(boolean identified) throws IOException {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(identified ? identity() : new KeyManager[0], trusted(), new SecureRandom());
      return context;
    } catch (GeneralSecurityException e) {
      throw new IOException("TLS cannot be set up: " + BodyStream.message(e), e);
    }
  }

  private KeyManager[] identity() throws IOException, GeneralSecurityException {
    KeyStore store = emptyStore();
    for (int i = 0; i < identities.size(); i++) {
      Path file = identities.get(i);
      Certificate[] chain = Certificates.read(file).toArray(Certificate[]::new);
      store.setKeyEntry(
          "identity-" + i,
          ClientKey.read(other(file, CERTIFICATE, KEY), chain[0]),
          NO_PASSWORD,
          chain);
    }
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, NO_PASSWORD);
    return factory.getKeyManagers();
  }

  private TrustManager[] trusted() throws IOException, GeneralSecurityException {
    if (!settings.tlsVerify()) {
      return new TrustManager[] {new Everybody()};
    }
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    if (settings.certificates().isEmpty() && authorities.isEmpty()) {
      factory.init((KeyStore) null);
      return factory.getTrustManagers();
    }
    List<Certificate> trusted = new ArrayList<>();
    Optional<Path> bundle = settings.certificates();
    if (bundle.isPresent()) {
      trusted.addAll(Certificates.read(bundle.get()));
    } else {
      factory.init((KeyStore) null);
      for (TrustManager manager : factory.getTrustManagers()) {
        if (manager instanceof X509TrustManager known) {
          trusted.addAll(List.of(known.getAcceptedIssuers()));
        }
      }
    }
    for (Path file : authorities) {
      trusted.addAll(Certificates.read(file));
    }
    KeyStore store = emptyStore();
    for (int i = 0; i < trusted.size(); i++) {
      store.setCertificateEntry("authority-" + i, trusted.get(i));
    }
    factory.init(store);
    return factory.getTrustManagers();
  }

  private static KeyStore emptyStore() throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }
}
