namespace Rel4.Nats.Tests;

/// <summary>Is a folder of keys, for as long as a test.</summary>
internal sealed class Keys : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("rel4-keys-").FullName;

    /// <summary>Makes a key, or finds it.</summary>
    /// <returns>The file with its seed.</returns>
    public string File(string name)
    {
        string path = Path.Combine(_folder, name);
        if (!System.IO.File.Exists(path))
            NatsKey.Create(path);
        return path;
    }

    /// <summary>Gets the public key of a file.</summary>
    public string Public(string name) => NatsKey.ReadPublic(File(name));

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
