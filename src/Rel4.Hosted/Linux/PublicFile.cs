namespace Rel4.Hosted.Linux;

/// <summary>Reads files that others may open, too: those of <c>/proc</c> and of control groups.</summary>
/// <remarks>.NET's own ways to read files lock them, and fail while somebody else holds a lock there, for which it takes no more than to open the file.</remarks>
internal static class PublicFile
{
    /// <summary>Reads all of a file.</summary>
    /// <exception cref="IOException">It can't be opened, or not be read: a process that it tells of has ended.</exception>
    public static string ReadAllText(string path)
    {
        using var reader = new StreamReader(new FileStream(Descriptors.Open(path), FileAccess.Read));
        return reader.ReadToEnd();
    }

    /// <summary>Reads the lines of a file.</summary>
    /// <inheritdoc cref="ReadAllText" path="/exception"/>
    public static string[] ReadAllLines(string path) => ReadAllText(path).Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
