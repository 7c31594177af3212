namespace Rel4.Metal.Kernel;

/// <summary>Converts between addresses of the simulated machine's memory and of this process.</summary>
internal static unsafe class Physical
{
    /// <summary>Gets or sets where the memory starts.</summary>
    public static byte* Start { get; set; }

    public static byte* ToPointer(ulong physical) => Start + physical;

    public static ulong Of(void* pointer) => (ulong)((byte*)pointer - Start);
}
