using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Rel4.Runtime;

/// <summary>Builds async methods that return a <see cref="CoTask"/>. For the compiler.</summary>
/// <inheritdoc cref="CoTaskBuilder{T}" path="/remarks"/>
[SuppressMessage("Performance", "CA1822", Justification = "The compiler calls these on an instance.")]
[EditorBrowsable(EditorBrowsableState.Never)]
public struct CoTaskBuilder
{
    private Completion<Nothing>? _result;

    /// <summary>Gets the task of the method.</summary>
    public readonly CoTask Task => _result is null ? default : new CoTask(_result);

    /// <summary>Begins.</summary>
    public static CoTaskBuilder Create() => default;

    /// <inheritdoc cref="CoTaskBuilder{T}.Start"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Start<TStateMachine>(ref TStateMachine stateMachine)
        where TStateMachine : IAsyncStateMachine =>
        stateMachine.MoveNext();

    /// <inheritdoc cref="CoTaskBuilder{T}.SetStateMachine"/>
    public readonly void SetStateMachine(IAsyncStateMachine stateMachine)
    {
    }

    /// <summary>Ends the method.</summary>
    public readonly void SetResult() => _result?.CompleteMethod(default(Nothing));

    /// <summary>Ends the method by an exception.</summary>
    public void SetException(Exception exception) => MethodResult<Nothing>.Fail(ref _result, exception);

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
        awaiter.Suspend(_result ?? MethodFrame<TStateMachine, Nothing>.Rent(ref _result, ref stateMachine));
}
