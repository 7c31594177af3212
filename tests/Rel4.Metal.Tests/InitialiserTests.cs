namespace Rel4.Metal.Tests;

/// <summary>Does a task build although nothing would run the code that a static field starts with?</summary>
public sealed class InitialiserTests
{
    // Inside the repository, whose settings then hold for the project.
    private static readonly string Folder = Path.Combine(MetalBuild.Root, "artifacts", "planted");

    [Fact]
    public async Task Build_StaticFieldThatStartsWithACall_FailsAndNamesTheType()
    {
        Directory.CreateDirectory(Folder);
        string project = Path.Combine(Folder, "Planted.csproj");
        await File.WriteAllTextAsync(project, $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <ImageName>planted</ImageName>
              </PropertyGroup>
              <Import Project="{MetalBuild.Root}/src/Rel4.Metal/User/Task.props" />
              <ItemGroup>
                <Compile Include="Program.cs" />
              </ItemGroup>
            </Project>
            """, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(Folder, "Program.cs"), """
            using System.Runtime;
            using Rel4.Metal.User;

            internal static unsafe class Program
            {
                private static ulong s_start = TaskCode.Timestamp();

                [RuntimeExport("task_main")]
                private static void Main() => Commands.Page->Badge = s_start;
            }
            """, TestContext.Current.CancellationToken);

        ProgramRun build = await MetalBuild.RunAsync(project);

        Assert.NotEqual(0, build.ExitCode);
        Assert.Contains("A static initialiser needs code, which nothing would run: Planted_Program___cctor", build.Output, StringComparison.Ordinal);
    }
}
