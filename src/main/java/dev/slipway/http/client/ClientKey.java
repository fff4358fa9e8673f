package dev.slipway.http.client;

import dev.slipway.oci.ImageException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The private key to a certificate, in a file in PEM form: as PKCS #8 (RFC 5958), or in the older
 * forms of RSA (RFC 8017, appendix A.1.2) and of elliptic curves (RFC 5915).
 */
public final class ClientKey {
  private static final Pattern KEY =
      Pattern.compile(
          "-----BEGIN ((?:RSA |EC )?)PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)"
              + "-----END \\1PRIVATE KEY-----");

  private static final int SEQUENCE = 0x30;
  private static final int OCTET_STRING = 0x04;
  private static final byte[] VERSION = {0x02, 0x01, 0x00};

  private ClientKey() {}

  /**
   * Reads it.
   *
   * @param certificate what it is the key to
   * @throws ImageException if the file holds no such key, or one under a password
   * @throws IOException if it cannot be read
   */
  public static PrivateKey read(Path file, Certificate certificate) throws IOException {
    Matcher found = KEY.matcher(Files.readString(file, StandardCharsets.ISO_8859_1));
    if (!found.find()) {
      throw new ImageException(
          file + ": expected a private key in PEM form, without a password, found none");
    }
    PublicKey counterpart = certificate.getPublicKey();
    try {
      byte[] key = Base64.getMimeDecoder().decode(found.group(2));
      byte[] encoded = found.group(1).isEmpty() ? key : wrapped(key, counterpart);
      return KeyFactory.getInstance(counterpart.getAlgorithm())
          .generatePrivate(new PKCS8EncodedKeySpec(encoded));
    } catch (GeneralSecurityException | IllegalArgumentException _) {
      // Not the cause, which has no more to say.
      throw new ImageException(
          "%s: expected a private key for %s, as its certificate has it"
              .formatted(file, counterpart.getAlgorithm()));
    }
  }

  /** As PKCS #8, which says of which kind a key is in the same words as its public half does. */
  private static byte[] wrapped(byte[] key, PublicKey counterpart) {
    byte[] info = counterpart.getEncoded();
    int start = header(info, 0);
    byte[] kind = Arrays.copyOfRange(info, start, header(info, start) + length(info, start));
    return tagged(SEQUENCE, List.of(VERSION, kind, tagged(OCTET_STRING, List.of(key))));
  }

  /** Where the content of the value at {@code at} begins (X.690, section 8.1.3). */
  private static int header(byte[] der, int at) {
    int first = der[at + 1] & 0xff;
    return at + 2 + (first < 0x80 ? 0 : first - 0x80);
  }

  private static int length(byte[] der, int at) {
    int first = der[at + 1] & 0xff;
    if (first < 0x80) {
      return first;
    }
    int length = 0;
    for (int i = at + 2; i < header(der, at); i++) {
      length = (length << 8) | (der[i] & 0xff);
    }
    return length;
  }

  private static byte[] tagged(int tag, List<byte[]> contents) {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    contents.forEach(content::writeBytes);
    int length = content.size();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(tag);
    if (length >= 0x100) {
      out.write(0x82); // No key has 64 KiB.
      out.write(length >> 8);
    } else if (length >= 0x80) {
      out.write(0x81);
    }
    out.write(length);
    out.writeBytes(content.toByteArray());
    return out.toByteArray();
  }
}
