namespace Rel4.Abi;

/// <summary>Labels the methods that address spaces have on the Hosted machine only.</summary>
public static class HostedLabel
{
    /// <summary>Makes a process the content of an address space. Its socket and pidfd came over the caller's own socket before.</summary>
    public const InvocationLabel VSpaceAttach = (InvocationLabel)0x4C34_0101;

    /// <summary>
    /// Maps a frame into the calling process, whose address space is invoked: <see cref="InvocationLabel.X86PageMap"/> with the two exchanged, for a frame
    /// that came from somebody else. In: word 1 the rights, word 2 log2 of the most bytes; capability 0 the frame. A longer frame is refused, since
    /// mapping one takes time, as <see cref="SeL4Error.InvalidCapability"/> 1.
    /// </summary>
    public const InvocationLabel VSpaceMap = (InvocationLabel)0x4C34_0102;
}
