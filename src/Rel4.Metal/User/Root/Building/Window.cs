using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Says where the root task maps what it looks at or fills, all far from its own image.</summary>
internal static unsafe class Window
{
    /// <summary>Where a frame is mapped while it is filled.</summary>
    private const ulong Filling = 0x2000_0000;

    /// <summary>Where boot modules are mapped, one behind the other.</summary>
    public const ulong Modules = 0x3000_0000;

    /// <summary>Where a frame of a channel is mapped while it is made ready: one large page.</summary>
    public const ulong Formatting = 0x9000_0000;

    // Where pages shared with the tasks are mapped, one behind the other.
    private static ulong _shared = 0x4000_0000;

    /// <summary>Maps a frame that a task has, so that the root task can read and write it too.</summary>
    public static byte* Alias(ulong frame)
    {
        ulong address = _shared;
        _shared += 1UL << Limits.PageBits;
        AddressSpace.Own.Map(Objects.Copy(frame), address, CapRights.ReadWrite, X86VMAttributes.ExecuteNever);
        return (byte*)address;
    }

    /// <summary>Copies bytes into a frame that is mapped nowhere, and leaves it so.</summary>
    public static void Fill(ulong frame, ulong offset, byte* source, ulong length)
    {
        AddressSpace.Own.Map(frame, Filling, CapRights.ReadWrite, X86VMAttributes.ExecuteNever);
        var target = (byte*)(Filling + offset);
        for (ulong i = 0; i < length; i++)
            target[i] = source[i];
        Terminal.Require(SeL4.X86_Page_Unmap(frame), "unmapping a frame"u8);
    }
}
