using System.Threading.Tasks.Sources;

namespace Rel4.Runtime;

/// <content>The tasks of .NET.</content>
internal abstract partial class Completion<T> : IValueTaskSource<T>
{
    /// <summary>Makes a task of .NET's of this use.</summary>
    public virtual ValueTask<T> ToValueTask(int version) => new(this, CheckedToken(version));

    T IValueTaskSource<T>.GetResult(short token) => GetResult(VersionOf(token));
}
