namespace Rel4.Hosted.Linux;

/// <summary>Makes folders that nobody but this user can enter, in places where others may have made one of that name before.</summary>
internal static class PrivateFolder
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Gets the user that this process runs as.</summary>
    public static uint User { get; } = (uint)SystemCall.Invoke(SystemCallNumber.geteuid);

    /// <summary>Makes the folder, unless it is there.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="purpose">What it is for: a clause for the message.</param>
    /// <param name="fix">What to do if it can't be had.</param>
    /// <exception cref="IOException">It can't be made, or is somebody else's or open to others.</exception>
    public static void Make(string path, string purpose, string fix)
    {
        try
        {
            Directory.CreateDirectory(path, OwnerOnly);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"{path}, {purpose}, can't be made: {cause.Message.TrimEnd('.')}. {fix}.", cause);
        }

        if (!IsOne(path))
            throw new IOException($"{path}, {purpose}, is not this user's alone: somebody took the name. Delete it, or: {fix}.");
    }

    /// <summary>Tells whether a folder is this user's and closed to all others.</summary>
    public static bool IsOne(string path) => FileOwner.Of(path) == User && File.GetUnixFileMode(path) == OwnerOnly;
}
