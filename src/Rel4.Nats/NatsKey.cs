using NATS.NKeys;

namespace Rel4.Nats;

/// <summary>Makes and reads keys of NATS' users (NKeys): a seed, which is secret and lies in a file, and a public key, by which servers and exporting systems know who it is.</summary>
public static class NatsKey
{
    /// <summary>Makes a key, whose seed only the file's owner may read.</summary>
    /// <param name="path">The file, which must not be there.</param>
    /// <returns>The public key: U and 55 letters and digits.</returns>
    /// <exception cref="IOException">The file is there, or can't be made.</exception>
    public static string Create(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        using KeyPair key = KeyPair.CreatePair(PrefixByte.User);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite };
        using (var file = new StreamWriter(path, options))
            file.WriteLine(key.GetSeed());
        return key.GetPublicKey();
    }

    /// <summary>Reads the public key of a file with a seed.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">The file can't be read.</exception>
    /// <exception cref="FormatException">It holds no seed of a user.</exception>
    public static string ReadPublic(string path)
    {
        string seed = File.ReadAllText(path).Trim();
        try
        {
            using KeyPair key = KeyPair.FromSeed(seed);
            string publicKey = key.GetPublicKey();
            // Accounts and operators have keys of the same form.
            return IsPublic(publicKey) ? publicKey : throw new FormatException("It is no user's.");
        }
        catch (Exception error) when (error is not IOException)
        {
            throw new FormatException($"'{path}' holds no seed of an NKey user. Make one by 'rel4 nats key {path}'.", error);
        }
    }

    /// <summary>Tells whether a text is the public key of a user: its checksum is right.</summary>
    internal static bool IsPublic(string text)
    {
        try
        {
            return KeyPair.IsValidPublicKey(PrefixByte.User, text);
        }
        catch (NKeysException)
        {
            return false;
        }
    }
}
