namespace Rel4.Runtime;

/// <content>The tasks of .NET.</content>
public readonly partial struct CoTask
{
    /// <inheritdoc cref="CoTask{T}.op_Implicit"/>
    public static implicit operator ValueTask(CoTask task) => task.AsValueTask();

    /// <summary>Makes a <see cref="ValueTask"/> of this, which is not to be awaited any more. Allocates nothing on an executor's thread.</summary>
    public ValueTask AsValueTask() => _source is null ? default : _source.ToUntypedValueTask(_version);

    /// <summary>Makes a <see cref="Task"/> of this, which is not to be awaited any more.</summary>
    public Task AsTask() => AsValueTask().AsTask();
}

/// <content>The tasks of .NET.</content>
public readonly partial struct CoTask<T>
{
    /// <summary>Makes a task for code that wants one of .NET's; it stands for the same, and this one is not to be awaited any more.</summary>
    public static implicit operator ValueTask<T>(CoTask<T> task) => task.AsValueTask();

    /// <summary>Makes a <see cref="ValueTask{T}"/> of this, which is not to be awaited any more. Allocates nothing on an executor's thread.</summary>
    /// <inheritdoc cref="IsCompleted" path="/exception"/>
    public ValueTask<T> AsValueTask() => Source.ToValueTask(_version);

    /// <summary>Makes a <see cref="Task{T}"/> of this, which is not to be awaited any more.</summary>
    /// <inheritdoc cref="IsCompleted" path="/exception"/>
    public Task<T> AsTask() => AsValueTask().AsTask();
}
