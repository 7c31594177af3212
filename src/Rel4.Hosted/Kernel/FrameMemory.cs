using System.Runtime.InteropServices;
using Rel4.Abi;
using Rel4.Hosted.Linux;
using Rel4.Kernel;

namespace Rel4.Hosted.Kernel;

/// <summary>Backs frames with memory that other processes can map.</summary>
/// <remarks>
/// A frame is ordinary memory of the kernel's region until it is first shared. Then a memfd takes its place at the same address, so the
/// core finds it where it was. When the frame dies, fresh memory takes the memfd's place: what a task still maps is connected to nobody.
/// </remarks>
internal sealed unsafe class FrameMemory(Budget budget, Closer closer) : IDisposable
{
    private const int PageShift = 12;

    /// <summary>Pages whose state is asked for at once.</summary>
    private const int PagesPerLook = 512;

    // The frame's own mapping, and that of the memory behind it.
    private static readonly Cost s_cost = new(descriptors: 1, mappings: 2);

    // By address. One without a file has died when Linux had no mapping for the memory in its place, which nobody uses before it is cleared.
    private readonly Dictionary<nint, SharedFrame> _shared = [];
    private readonly PageMap _pageMap = new();
    private int _stillConnected;

    /// <summary>Gets a descriptor through which a frame can be mapped for reading and writing.</summary>
    /// <returns>A refusal if the frame was sealed for a reader, or if descriptors, mappings or memory have run out.</returns>
    public Refusal ShareWritable(in Capability frame, HostedProcess payer, BudgetUse use, out int file)
    {
        SharedFrame shared = Open(frame, payer, use);
        file = shared.File;
        if (file < 0)
            return Refusal.NotEnoughMemory(0);
        return shared.IsSealed ? Refusal.Of(SeL4Error.IllegalOperation) : default;
    }

    /// <summary>Gets a descriptor through which a frame can be mapped for reading only, by anyone, for ever.</summary>
    /// <returns>A refusal if a task that can write it has sealed its seals, or if descriptors, mappings or memory have run out.</returns>
    /// <remarks>Mappings made before, among them the kernel's and the writer's, stay writable (<c>F_SEAL_FUTURE_WRITE</c>).</remarks>
    public Refusal ShareReadOnly(in Capability frame, HostedProcess payer, out int file)
    {
        SharedFrame shared = Open(frame, payer, BudgetUse.Extra);
        file = shared.File;
        if (file < 0)
            return Refusal.NotEnoughMemory(0);
        if (shared.IsSealed)
            return default;
        if (!Memory.TryAddSeals(file, Memory.Seals.FutureWrite | Memory.Seals.Seal))
            return Refusal.Of(SeL4Error.IllegalOperation);
        _shared[(nint)frame.Address] = shared with { IsSealed = true };
        return default;
    }

    /// <summary>Disconnects a frame that dies from whoever maps it.</summary>
    public void Forget(in Capability frame)
    {
        if (!_shared.Remove((nint)frame.Address, out SharedFrame shared))
            return;
        bool isReplaced = Memory.TryReplace(frame.Memory, shared.Size);
        // Linux frees the memory with the last that has it, which takes as long as there is: whoever's call this is may have got it from somebody else.
        if (frame.Bits == PageShift || !closer.TryClose(shared.Payer, shared.File))
            _ = Descriptors.Close(shared.File);
        if (isReplaced)
        {
            budget.Release(shared.Payer, s_cost);
            return;
        }

        _shared[(nint)frame.Address] = shared with { File = -1 };
        _stillConnected++;
    }

    /// <summary>Zeroes memory that no object uses. Whole pages go back to Linux.</summary>
    public void Clear(byte* start, ulong length)
    {
        const ulong PageMask = (1UL << PageShift) - 1;
        if (_stillConnected != 0)
            Disconnect((nint)start, (nint)length);
        if ((((ulong)start | length) & PageMask) != 0 || !Memory.TryDiscard(start, (nuint)length))
            NativeMemory.Clear(start, (nuint)length);
    }

    public void Dispose()
    {
        foreach (SharedFrame shared in _shared.Values)
            _ = Descriptors.Close(shared.File);
        _pageMap.Dispose();
    }

    /// <summary>Disconnects what has died in memory that is to be used again. Waits where a process has more mappings than it may: .NET gets no memory then either.</summary>
    private void Disconnect(nint start, nint length)
    {
        foreach ((nint address, SharedFrame shared) in _shared)
        {
            if (shared.File >= 0 || address >= start + length || address + (nint)shared.Size <= start)
                continue;
            while (!Memory.TryReplace((byte*)address, shared.Size))
                Thread.Sleep(1);
            _shared.Remove(address);
            _stillConnected--;
            budget.Release(shared.Payer, s_cost);
        }
    }

    /// <summary>Gets the memfd of a frame, and makes it if it has none.</summary>
    /// <returns>One with a negative descriptor if descriptors, mappings or memory have run out.</returns>
    private SharedFrame Open(in Capability frame, HostedProcess payer, BudgetUse use)
    {
        if (_shared.TryGetValue((nint)frame.Address, out SharedFrame shared))
            return shared;
        var none = new SharedFrame(-1, (nuint)1 << frame.Bits, IsSealed: false, payer);
        if (!budget.TryTake(payer, use, s_cost))
            return none;
        int file = Memory.TryCreateFile("rel4-frame", (long)none.Size);
        if (file >= 0 && TryMove(frame.Memory, none.Size, file))
            return _shared[(nint)frame.Address] = none with { File = file };
        if (file >= 0)
            _ = Descriptors.Close(file);
        budget.Release(payer, s_cost);
        return none;
    }

    /// <summary>Puts a new memfd in the place of memory, with the same content.</summary>
    private bool TryMove(byte* memory, nuint size, int file)
    {
        // Most frames were never written before they are shared, and pages of a memfd that are not written cost nothing.
        ulong* touched = stackalloc ulong[PagesPerLook];
        nuint pages = size >> PageShift;
        for (nuint page = 0; page < pages; page++)
        {
            nuint place = page % PagesPerLook;
            if (place == 0)
                _pageMap.Read(memory + (page << PageShift), new Span<ulong>(touched, (int)Math.Min(PagesPerLook, pages - page)));
            if (touched[place] != 0 && !TryCopyPage(memory, (long)page << PageShift, file))
                return false;
        }

        return Memory.TryReplace(memory, size, file);
    }

    private static bool TryCopyPage(byte* memory, long offset, int file)
    {
        var page = new ReadOnlySpan<byte>(memory + offset, 1 << PageShift);
        return !page.ContainsAnyExcept((byte)0) || Memory.TryWrite(file, page, offset);
    }

    /// <param name="File">The memfd.</param>
    /// <param name="Size">The frame's size in bytes.</param>
    /// <param name="IsSealed">Whether nobody can map it writable any more.</param>
    /// <param name="Payer">Who shared it first, or gave it to who did.</param>
    private readonly record struct SharedFrame(int File, nuint Size, bool IsSealed, HostedProcess Payer);
}
