"""The store on DynamoDB: one item a commit, one total order in log pages.

items       what lies in the tables, and how it is written and read
"""
