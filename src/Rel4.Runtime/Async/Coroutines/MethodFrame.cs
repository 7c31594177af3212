using System.Runtime.CompilerServices;

namespace Rel4.Runtime;

/// <summary>A suspended async method of a lean type, and the completion of its result; pooled by its thread.</summary>
/// <typeparam name="TStateMachine">The method, as the compiler made it.</typeparam>
/// <typeparam name="T">The result.</typeparam>
internal sealed class MethodFrame<TStateMachine, T> : Completion<T>
    where TStateMachine : IAsyncStateMachine
{
    [PerThread]
    private static MethodFrame<TStateMachine, T>? t_free;

    private TStateMachine? _method;

    private MethodFrame(Executor executor)
        : base(executor)
    {
    }

    /// <summary>Moves a method into a frame.</summary>
    /// <param name="result">The builder's field, in the method.</param>
    /// <param name="method">The method.</param>
    /// <exception cref="InvalidOperationException">The thread has no executor.</exception>
    public static MethodFrame<TStateMachine, T> Rent(ref Completion<T>? result, ref TStateMachine method)
    {
        MethodFrame<TStateMachine, T>? frame = t_free;
        Executor executor = Executor.Required;
        if (frame is null || frame.Executor != executor)
            frame = new MethodFrame<TStateMachine, T>(executor);
        else
            t_free = Unsafe.As<MethodFrame<TStateMachine, T>?>(frame.Next);
        // First, so that the method that is copied has it.
        result = frame;
        frame._method = method;
        return frame;
    }

    internal override void MoveNext() => _method!.MoveNext();

    private protected override void Recycle()
    {
        // Keeps alive nothing of the method's.
        if (RuntimeHelpers.IsReferenceOrContainsReferences<TStateMachine>())
            _method = default;
        Next = t_free;
        t_free = this;
    }
}
