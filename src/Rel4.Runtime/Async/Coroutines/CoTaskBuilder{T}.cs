using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Rel4.Runtime;

/// <summary>Builds async methods that return a <see cref="CoTask{T}"/>. For the compiler.</summary>
/// <remarks>
/// A method that doesn't suspend takes a completion for its result; one that does moves into a pooled frame, which is the completion of its result. No execution
/// context flows into it: what it sets of an <see cref="AsyncLocal{T}"/> holds until it is suspended, and is no other coroutine's.
/// </remarks>
/// <typeparam name="T">The result.</typeparam>
[SuppressMessage("Performance", "CA1822", Justification = "The compiler calls these on an instance.")]
[EditorBrowsable(EditorBrowsableState.Never)]
public struct CoTaskBuilder<T>
{
    private Completion<T>? _result;

    /// <summary>Gets the task of the method.</summary>
    public readonly CoTask<T> Task => new(_result!);

    /// <summary>Begins.</summary>
    public static CoTaskBuilder<T> Create() => default;

    /// <summary>Runs the method to its first <c>await</c> that has to wait, or to its end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Start<TStateMachine>(ref TStateMachine stateMachine)
        where TStateMachine : IAsyncStateMachine =>
        stateMachine.MoveNext();

    /// <summary>Does nothing: the frame has the state machine.</summary>
    public readonly void SetStateMachine(IAsyncStateMachine stateMachine)
    {
    }

    /// <summary>Ends the method.</summary>
    public void SetResult(T result) => (_result ??= MethodResult<T>.Rent()).CompleteMethod(result);

    /// <summary>Ends the method by an exception.</summary>
    public void SetException(Exception exception) => MethodResult<T>.Fail(ref _result, exception);

    /// <summary>Suspends the method.</summary>
    public void AwaitOnCompleted<TAwaiter, TStateMachine>(ref TAwaiter awaiter, ref TStateMachine stateMachine)
        where TAwaiter : ICoAwaiter
        where TStateMachine : IAsyncStateMachine =>
        AwaitUnsafeOnCompleted(ref awaiter, ref stateMachine);

    /// <summary>Suspends the method.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AwaitUnsafeOnCompleted<TAwaiter, TStateMachine>(ref TAwaiter awaiter, ref TStateMachine stateMachine)
        where TAwaiter : ICoAwaiter
        where TStateMachine : IAsyncStateMachine =>
        awaiter.Suspend(_result ?? MethodFrame<TStateMachine, T>.Rent(ref _result, ref stateMachine));
}
