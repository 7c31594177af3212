using System.IO.Compression;
using System.Xml.Linq;

namespace Rel4.Package.Tests;

/// <summary>Is one package of a feed.</summary>
internal sealed class Package
{
    private readonly string _path;

    public Package(string path)
    {
        _path = path;
        using ZipArchive archive = ZipFile.OpenRead(path);
        Files = [.. archive.Entries.Select(entry => entry.FullName)];
        using Stream nuspec = archive.Entries.Single(entry => entry.FullName.EndsWith(".nuspec", StringComparison.Ordinal)).Open();
        XElement metadata = XDocument.Load(nuspec).Root!.Elements().Single();
        XNamespace space = metadata.Name.Namespace;
        Name = (string)metadata.Element(space + "id")!;
        Version = (string)metadata.Element(space + "version")!;
        Dependencies = metadata.Descendants(space + "dependency").ToDictionary(item => (string)item.Attribute("id")!, item => (string)item.Attribute("version")!);
    }

    /// <summary>Gets the name.</summary>
    public string Name { get; }

    /// <summary>Gets the version.</summary>
    public string Version { get; }

    /// <summary>Gets what it brings, with the least versions.</summary>
    public IReadOnlyDictionary<string, string> Dependencies { get; }

    /// <summary>Gets the files in it.</summary>
    public IReadOnlyList<string> Files { get; }

    /// <summary>Gets the bytes of the file that it is.</summary>
    public long Size => new FileInfo(_path).Length;

    /// <summary>Gets the files in the package of symbols beside it.</summary>
    public IReadOnlyList<string> Symbols()
    {
        using ZipArchive archive = ZipFile.OpenRead(Path.ChangeExtension(_path, ".snupkg"));
        return [.. archive.Entries.Select(entry => entry.FullName)];
    }
}
