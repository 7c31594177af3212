namespace Rel4.Hosted.Tests.Sandbox;

/// <summary>Puts the probe where every user can run it: the build's output may lie in a folder that only one user may enter.</summary>
public sealed class ProbeFiles : IDisposable
{
    private const UnixFileMode ForEveryone = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rel4-probe-");

    public ProbeFiles()
    {
        _folder.UnixFileMode = ForEveryone;
        foreach (string file in Directory.EnumerateFiles(AppContext.BaseDirectory, "Rel4.*"))
        {
            string copy = Path.Combine(_folder.FullName, Path.GetFileName(file));
            File.Copy(file, copy);
            File.SetUnixFileMode(copy, ForEveryone);
        }
    }

    /// <summary>Gets the path of the probe.</summary>
    public string Probe => Path.Combine(_folder.FullName, "Rel4.Hosted.Probe.dll");

    /// <inheritdoc/>
    public void Dispose() => _folder.Delete(recursive: true);
}
