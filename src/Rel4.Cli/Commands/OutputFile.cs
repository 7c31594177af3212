namespace Rel4.Cli.Commands;

/// <summary>Writes the files that commands are asked for.</summary>
internal static class OutputFile
{
    /// <summary>Writes a file, and makes its folder if there is none.</summary>
    /// <exception cref="IOException">It can't be written.</exception>
    public static void Write(string path, string text)
    {
        if (Path.GetDirectoryName(path) is { Length: > 0 } folder)
            Directory.CreateDirectory(folder);
        File.WriteAllText(path, text);
    }
}
