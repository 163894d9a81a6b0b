"""The demo's content: invented pipelines, people, prompts, runs and decisions.

people, topics, pipelines, prompts, guards, decisions   what there is (long texts in `texts/*.toml`)
requests, responses                                     how a run looks on the wire of its provider
runs                                                    twelve weeks of runs, the same for the same seed
scenarios                                               what the sandbox model server knows of the prompts
agreed                                                  changes at the source, and meetings with their actions
load, agreements                                        all of it, put into a database by the product's own steps

Everything here is made up and harmless. Nothing but the last two touches the database.
"""
