using Rel4.Abi;
using Rel4.Hosted.Linux;

namespace Rel4.Hosted.TaskSide;

/// <summary>A frame that is mapped into the composing process, until it is disposed of.</summary>
/// <remarks>Nobody may use its memory any more when it is disposed of, on any thread; so one that is forgotten stays mapped.</remarks>
public sealed unsafe class MappedFrame : IDisposable
{
    private readonly nuint _size;
    private byte* _memory;

    private MappedFrame(byte* memory, nuint size)
    {
        _memory = memory;
        _size = size;
    }

    /// <summary>Gets the frame's memory. Writing to it faults if the process was granted Read only.</summary>
    /// <exception cref="ObjectDisposedException">It was disposed of.</exception>
    public Span<byte> Memory
    {
        get
        {
            ObjectDisposedException.ThrowIf(_memory == null, this);
            return new Span<byte>(_memory, (int)_size);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        byte* memory = _memory;
        _memory = null;
        if (memory != null)
            Linux.Memory.Unmap(memory, _size);
    }

    /// <summary>Maps a frame. On a thread of the kernel.</summary>
    internal static MappedFrame Map(ulong frame, ulong space, CapRights rights)
    {
        byte* memory = CurrentTask.Map(frame, space, rights, Limits.HugePageBits, out nuint size);
        return new MappedFrame(memory, size);
    }
}
