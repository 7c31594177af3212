using System.Runtime.InteropServices;

namespace Rel4.Abi;

/// <summary>Lays out the frame by which a thread has the kernel make many calls at one entry: 4 KiB, shared by the two (<see cref="InvocationLabel.TcbSetBatch"/>).</summary>
/// <remarks>
/// <code>
/// offset  bytes  field
///      0      8  produced     calls written, ever: the thread's
///     64      8  completed    calls answered, ever: the kernel's
///   1024   2048  entries      16 x <see cref="BatchEntry"/>: the thread's
///   3072   1024  answers      16 x <see cref="BatchAnswer"/>: the kernel's
/// </code>
/// Call number n lies in entry n modulo 16, and so does its answer. Each word has one writer. The thread writes an entry when <c>completed</c> says that the one before it there is answered, then
/// <c>produced</c>; the kernel writes an answer, then <c>completed</c>. It keeps its own count and reads of the frame <c>produced</c> and entries, each word once: whatever else is in there, and
/// whoever writes it when, misleads nobody but who shares the frame.
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = Size)]
public unsafe struct BatchFrame
{
    /// <summary>Size in bytes.</summary>
    public const int Size = 1 << Limits.PageBits;

    /// <summary>Calls that can be without an answer at one time.</summary>
    public const int Capacity = 16;

    private const int EntriesAt = 1024;

    private const int AnswersAt = EntriesAt + (Capacity * BatchEntry.Size);

    /// <summary>Calls written, ever.</summary>
    [FieldOffset(0)]
    public ulong Produced;

    /// <summary>Calls answered, ever.</summary>
    [FieldOffset(64)]
    public ulong Completed;

    /// <summary>Finds the entry of a call.</summary>
    public static BatchEntry* Entry(BatchFrame* frame, ulong number) => (BatchEntry*)((byte*)frame + EntriesAt) + (number % Capacity);

    /// <summary>Finds the answer to a call.</summary>
    public static BatchAnswer* Answer(BatchFrame* frame, ulong number) => (BatchAnswer*)((byte*)frame + AnswersAt) + (number % Capacity);
}
