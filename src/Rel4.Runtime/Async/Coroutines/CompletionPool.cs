using System.Runtime.CompilerServices;

namespace Rel4.Runtime;

/// <summary>The free completions of one executor for one type of result; as many as were ever in use at once.</summary>
/// <typeparam name="T">The result.</typeparam>
internal sealed partial class CompletionPool<T>(Executor executor)
{
    private CoFrame? _free;

    /// <summary>Takes a completion that is pending. It comes back by itself when its result is taken.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Completion<T> Rent()
    {
        if (_free is not { } free)
            return new Pooled(executor, this);
        _free = free.Next;
        return Unsafe.As<Completion<T>>(free);
    }

    private sealed class Pooled(Executor executor, CompletionPool<T> pool) : Completion<T>(executor)
    {
        private protected override void Recycle()
        {
            Next = pool._free;
            pool._free = this;
        }
    }
}
