package dev.slipway.http.client;

import dev.slipway.http.HttpSettings;
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
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/** Whose word is taken for who a server is. */
final class Trust {
  private Trust() {}

  /** Trusts the authorities of {@code settings}, and those for this server alone. */
  static SSLContext context(HttpSettings settings, String domain) throws IOException {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, managers(settings, domain), new SecureRandom());
      return context;
    } catch (GeneralSecurityException e) {
      throw new IOException("TLS cannot be set up: " + BodyStream.message(e), e);
    }
  }

  /** The authorities that this server has of its own. */
  static List<Path> own(HttpSettings settings, String domain) throws IOException {
    List<Path> files = new ArrayList<>();
    for (Path folder : settings.certificateFolders()) {
      Path certificates = folder.resolve(domain);
      if (Files.isDirectory(certificates)) {
        try (DirectoryStream<Path> found = Files.newDirectoryStream(certificates, "*.crt")) {
          found.forEach(files::add);
        }
      }
    }
    return files;
  }

  private static TrustManager[] managers(HttpSettings settings, String domain)
      throws IOException, GeneralSecurityException {
    if (!settings.tlsVerify()) {
      return new TrustManager[] {new Everybody()};
    }
    List<Path> own = own(settings, domain);
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    if (settings.certificates().isEmpty() && own.isEmpty()) {
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
    for (Path file : own) {
      trusted.addAll(Certificates.read(file));
    }
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    for (int i = 0; i < trusted.size(); i++) {
      store.setCertificateEntry("authority-" + i, trusted.get(i));
    }
    factory.init(store);
    return factory.getTrustManagers();
  }
}
