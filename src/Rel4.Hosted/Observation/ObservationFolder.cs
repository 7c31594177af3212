using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Rel4.Hosted.Linux;

namespace Rel4.Hosted.Observation;

/// <summary>Knows where the sockets lie through which a user's running systems can be looked at.</summary>
/// <remarks>
/// That is <c>rel4</c> in <c>$XDG_RUNTIME_DIR</c>, which Linux keeps for one user, or else, also where that is too long for the path of a
/// socket, <c>/tmp/rel4-systems-UID</c>. Everybody can make
/// a folder of that name first, so it is used only if it is this user's and closed to all others.
/// </remarks>
internal static class ObservationFolder
{
    private const string Ending = ".sock", ControlEnding = ".control";

    private static readonly Lock s_lock = new();
    private static readonly HashSet<string> s_taken = [];

    /// <summary>The most bytes that the path of a socket can have (<c>sun_path</c>, with the zero behind it).</summary>
    private const int LongestPath = 107;

    /// <summary>Gets the user that this process runs as.</summary>
    public static uint User => PrivateFolder.User;

    /// <summary>Makes the folder.</summary>
    /// <exception cref="IOException">The folder can't be made, or is somebody else's or open to others.</exception>
    public static void Make() => PrivateFolder.Make(
        Candidates()[0], "where running systems can be looked at", "Set XDG_RUNTIME_DIR to a folder that this user can write");

    /// <summary>Makes the folder, clears away what killed systems left in it, and takes a path for a socket of this process: <c>PROCESS.sock</c>, <c>PROCESS.2.sock</c>, ...</summary>
    /// <exception cref="IOException">The folder can't be made, or is somebody else's or open to others.</exception>
    public static string TakePath()
    {
        Make();
        string folder = Candidates()[0];
        lock (s_lock)
        {
            foreach ((int id, _, string path) in Sockets().ToArray())
            {
                // Where processes have numbers of their own, one that is not seen here may live: then it answers.
                if (id == Environment.ProcessId ? !s_taken.Contains(path) : !Directory.Exists($"/proc/{id}") && !IsServed(path))
                {
                    File.Delete(path);
                    File.Delete(ControlPathOf(path));
                }
            }

            for (int number = 1; ; number++)
            {
                string infix = number == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $".{number}");
                string path = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}{infix}{Ending}"));
                if (s_taken.Add(path))
                    return path;
            }
        }
    }

    /// <summary>Gets the path of the socket by which a system is told what to do, beside that through which it is looked at.</summary>
    public static string ControlPathOf(string path) => Path.ChangeExtension(path, ControlEnding);

    /// <summary>Gives back a path whose socket is closed.</summary>
    public static void ReturnPath(string path)
    {
        lock (s_lock)
            s_taken.Remove(path);
    }

    /// <summary>Finds the sockets of this user's systems, also of those that are gone and could not clear theirs away.</summary>
    public static IEnumerable<(int ProcessId, int Number, string Path)> Sockets() =>
        from folder in Candidates()
        where Directory.Exists(folder) && PrivateFolder.IsOne(folder)
        from path in Directory.EnumerateFileSystemEntries(folder, '*' + Ending)
        let parts = Path.GetFileNameWithoutExtension(path).Split('.')
        let id = NumberOf(parts[0])
        let number = parts.Length == 1 ? 1 : NumberOf(parts[1])
        where id > 0 && number > 0 && parts.Length <= 2
        select (id, number, path);

    private static int NumberOf(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0;

    private static bool IsServed(string path)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static string[] Candidates()
    {
        string temporary = string.Create(CultureInfo.InvariantCulture, $"/tmp/rel4-systems-{User}");
        string? runtime = Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR");
        return Path.IsPathFullyQualified(runtime ?? "") && Directory.Exists(runtime) && Holds(Path.Combine(runtime, "rel4"))
            ? [Path.Combine(runtime, "rel4"), temporary]
            : [temporary];
    }

    private static bool Holds(string folder) =>
        Encoding.UTF8.GetByteCount(Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{int.MaxValue}.999{ControlEnding}"))) <= LongestPath;
}
