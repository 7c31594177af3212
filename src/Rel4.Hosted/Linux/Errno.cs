namespace Rel4.Hosted.Linux;

/// <summary>Names the error numbers that something is decided by (<c>errno(3)</c>, x86-64).</summary>
internal static class Errno
{
    /// <summary>EINTR.</summary>
    public const int Interrupted = 4;
}
